"""The life cycle of the data plane: start, failure, end."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.http_client import connect, get
from tests.support.http_targets import HttpTargets
from tests.support.load_balancer_snapshots import forward, listener, snapshot, target_group


def test_close_cuts_requests_in_flight_and_frees_ports_and_thread_within_seconds(
    tmp_path: Path, targets: HttpTargets
) -> None:
    begun = threading.Event()

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        begun.set()
        await asyncio.sleep(30)
        return web.Response()

    threads = set(threading.enumerate())
    plane = DataPlane(certificate_directory=tmp_path)
    plane.start()
    group = target_group("group", targets.serve(answer).target)
    plane.update(snapshot(listener(default=forward(group=1)), groups=(group,)))
    port = plane.ports()["listener-80"]
    connection = connect(port)
    connection.request("GET", "/")
    assert begun.wait(5)
    started = time.monotonic()
    plane.close()
    assert time.monotonic() - started < 3
    with pytest.raises(ConnectionError):
        connection.getresponse()
    with pytest.raises(ConnectionRefusedError):
        get(port)
    assert {thread.name for thread in set(threading.enumerate()) - threads} & {"data-plane"} == set()


def test_only_the_authoritys_certificate_is_written(tmp_path: Path) -> None:
    directory = tmp_path / "certificates"
    plane = DataPlane(certificate_directory=directory)
    assert list(directory.iterdir()) == [plane.certificate_authority_path]
    assert "PRIVATE" not in plane.certificate_authority_path.read_text()


def test_an_https_listener_is_refused_until_its_certificate_has_a_domain(data_plane: DataPlane) -> None:
    with pytest.raises(ValueError, match="identity"):
        data_plane.update(snapshot(replace(listener(), protocol="HTTPS")))
    data_plane.update(snapshot(listener(certificate_domains=("a.localhost",))))
    context = ssl.create_default_context(cafile=data_plane.certificate_authority_path)
    plain = socket.create_connection(("127.0.0.1", data_plane.ports()["listener-80"]), timeout=10)
    with plain, context.wrap_socket(plain, server_hostname="a.localhost") as secured:
        assert secured.version() == "TLSv1.3"


def test_close_without_start_does_nothing(tmp_path: Path) -> None:
    started = time.monotonic()
    DataPlane(certificate_directory=tmp_path).close()
    assert time.monotonic() - started < 1
