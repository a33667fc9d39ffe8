"""Uploads that no client completes: they end, and their memory is given back."""

from __future__ import annotations

import contextlib
import gc
import http.client
import multiprocessing
import re
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from colonnade_sandbox.control_plane.snapshot import Target
from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.load_balancer_snapshots import Serve, forward, listener, snapshot, target_group

UPLOADS = 50
ALLOWED_MEGABYTES = 25
BYTES = 100 * 1024 * 1024
CHUNK = b"x" * 262144
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % BYTES


@contextlib.contextmanager
def hanging_target() -> Iterator[Target]:
    """Start an app that hangs: the system accepts its connections, and it reads no byte."""
    with socket.create_server(("127.0.7.200", 0), backlog=2 * UPLOADS) as server:
        address, port = server.getsockname()
        yield Target(address=address, port=port)


def begin_uploads(port: int, count: int) -> list[socket.socket]:
    """Send as much of each upload as the load balancer takes within a second, and return the connections."""
    clients = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(count)]
    for client in clients:
        client.sendall(HEAD)
        client.setblocking(False)
    send_more(clients)
    return clients


def send_more(clients: Sequence[socket.socket]) -> None:
    """Send as much of each upload as the load balancer takes within a second."""
    ends_at = time.monotonic() + 1
    while time.monotonic() < ends_at:
        for client in clients:
            with contextlib.suppress(BlockingIOError):
                client.send(CHUNK)
        time.sleep(0.001)


def megabytes() -> int:
    """Return the memory of this process, in which the data plane runs."""
    gc.collect()
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


def measure(directory: Path) -> tuple[int, int, int]:
    """Return the memory of this process before, during and after abandoned uploads."""
    plane = DataPlane(certificate_directory=directory)
    plane.start()
    with hanging_target() as target:
        group = target_group("group", target)
        plane.update(snapshot(listener(default=forward(group=1)), groups=(group,), idle_timeout_seconds=3))
        before = megabytes()
        clients = begin_uploads(plane.ports()["listener-80"], UPLOADS)
        ends_at = time.monotonic() + 20  # a busy machine needs longer than a second to fill the buffers
        while (during := megabytes()) - before <= 2 * ALLOWED_MEGABYTES and time.monotonic() < ends_at:
            send_more(clients)
        for client in clients:
            client.close()
        ends_at = time.monotonic() + 30
        while megabytes() - before > ALLOWED_MEGABYTES and time.monotonic() < ends_at:
            time.sleep(0.2)
        after = megabytes()
    plane.close()
    return before, during, after


def test_a_target_that_takes_no_byte_of_an_upload_is_504(serve: Serve) -> None:
    with hanging_target() as target:
        (client,) = begin_uploads(serve(target, idle_timeout_seconds=1), 1)
        with client:
            client.settimeout(10)
            response = http.client.HTTPResponse(client)
            response.begin()
            assert response.status == 504


def test_the_memory_of_abandoned_uploads_is_given_back(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as own_process:
        before, during, after = own_process.submit(measure, tmp_path).result(60)
    assert during - before > 2 * ALLOWED_MEGABYTES, "the uploads should fill the buffers of the load balancer"
    assert after - before <= ALLOWED_MEGABYTES
