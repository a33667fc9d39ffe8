"""Large bodies both ways, and answers that break off: requests to the program of `app`, beside a load."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tools.chaos.app import pieces
from tools.chaos.case import Outcome, failed_of, failures
from tools.chaos.running import Running

MEGABYTES = 100
BREAKS = 50
_BYTES = MEGABYTES * 1024 * 1024
_READ_BYTES = 1024 * 1024


def large_bodies(running: Running) -> Outcome:
    """Upload and download a large body, beside a load, and compare their hashes."""
    sent = hashlib.sha256()
    for piece in pieces(_BYTES):
        sent.update(piece)
    with running.load() as load, _connection(running) as connection:
        began = time.monotonic()
        headers = {"Host": running.host, "Content-Length": str(_BYTES)}
        connection.request("POST", "/service3/bytes", body=pieces(_BYTES), headers=headers)
        uploaded = json.loads(connection.getresponse().read())
        up = time.monotonic() - began
        downloaded = _download(connection, running.host)
        down = time.monotonic() - began - up
        running.settle(load)
    expected = sent.hexdigest()
    wrong = [name for name, hashed in (("up", uploaded.get("sha256")), ("down", downloaded)) if hashed != expected]
    happened = f"up in {up:.1f} s, down in {down:.1f} s; beside them {failed_of(load.samples())}"
    changed = tuple(f"the body on its way {name} is another one" for name in wrong)
    return Outcome(happened=happened, problems=(*failures(load.samples()), *changed))


def answers_break_off(running: Running) -> Outcome:
    """Request answers that end in the middle, beside a load. None of them may look complete."""
    incomplete, problems = 0, []
    with running.load() as load:
        for _ in range(BREAKS):
            with _connection(running) as connection:
                try:
                    connection.request("GET", "/service3/breaks", headers={"Host": running.host})
                    answer = connection.getresponse()
                    body = answer.read()
                except (http.client.HTTPException, OSError):
                    incomplete += 1
                else:
                    problems.append(f"status {answer.status} with {len(body):,} bytes looked complete")
        running.settle(load)
    happened = f"{incomplete} of {BREAKS} seen as incomplete; beside them {failed_of(load.samples())}"
    return Outcome(happened=happened, problems=(*failures(load.samples()), *problems))


def _download(connection: http.client.HTTPConnection, host: str) -> str:
    """Return the hash of the body."""
    connection.request("GET", f"/service3/bytes?count={_BYTES}", headers={"Host": host})
    answer, hashed = connection.getresponse(), hashlib.sha256()
    while piece := answer.read(_READ_BYTES):
        hashed.update(piece)
    return hashed.hexdigest()


@contextmanager
def _connection(running: Running) -> Iterator[http.client.HTTPConnection]:
    """Yield a connection to the HTTPS listener, whose certificate has another name than its address."""
    connection = http.client.HTTPConnection("127.0.0.1", running.listener.port)
    plain = socket.create_connection(("127.0.0.1", running.listener.port), timeout=60)
    connection.sock = running.tls().wrap_socket(plain, server_hostname=running.host)
    try:
        yield connection
    finally:
        connection.close()
