"""A benchmark of the service apps: `/fetch` over aiohttp against plain httpx, and the cost of the access log.

Real services on free loopback ports, 64 connections. Both targets compare requests per second of the service's CPU
time, the throughput of one core: wall-clock time includes other work of the machine and the load itself. The
wall-clock ratio is printed too.

- `/fetch`: the mean of each side over long alternating slices. The cost of plain httpx varies with the state of its
  pool by up to half, so neither its best nor its worst moment counts.
- The access log: the median of many pairs of slices, with and without the log, of one process: two processes of the
  same program differ by up to a tenth because of their memory layout, which is most of the measured cost.

A slow, busy machine reaches the targets. An idle machine reaches more: `/fetch` 3.6 to 3.8 times
plain httpx, the access log 11 to 13 %. `/fetch` stays within httpx's public API, because the service apps are examples:
a transport that reads whole responses without httpx's streams reached six times, but as a subclass of a library's
internals.

Exits with 1 if a target is missed. `python -m tools.bench.service_apps --help`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import uvloop
from litestar.types import ASGIApp, Receive, Scope, Send

from service_apps.kit.access_log import AccessLog
from service_apps.kit.application import create_app
from service_apps.kit.draining import CloseWhileDraining, Draining
from service_apps.kit.log import LogStream, configure_logging
from service_apps.kit.peer import open_client
from service_apps.kit.server import serve
from service_apps.kit.settings import read_settings
from service_apps.service1 import SERVICE as SERVICE1
from service_apps.service2 import SERVICE as SERVICE2
from tools.bench.load import Load, Measurement

PROMISED_FETCH_RATIO: Final = 3.0
"""The ratio that httpx's public API over aiohttp's connections reaches, even on a busy machine."""
PROMISED_LOG_COST: Final = 0.25
"""The part of the time of a `/service1` request that its log line may take. On a busy machine a line takes more."""
CONNECTIONS: Final = 64
FETCH_BODY: Final = b'"response":"This is API 2."}'
BODY: Final = b'"msg":"This is API 1."}'
_HOST: Final = "127.0.0.1"


def _plain_client() -> httpx.AsyncClient:
    """Return a plain httpx client, with its own transport."""
    return httpx.AsyncClient()


_SILENT: Final = "silent"
"""The query that makes a measured service skip its log; the handlers read no query."""


class _Either:
    """An ASGI application with or without the access log, depending on the request's query."""

    def __init__(self, logged: ASGIApp, silent: ASGIApp) -> None:
        self._logged = logged
        self._silent = silent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        silent = scope.get("query_string") == _SILENT.encode()
        await (self._silent if silent else self._logged)(scope, receive, send)


def _serve(  # runs in a separate process
    name: str, port: int, peer_port: int, log: Path, open_client: Callable[[], httpx.AsyncClient]
) -> None:
    service = {"service1": SERVICE1, "service2": SERVICE2}[name]
    environment = {"HOST": _HOST, "PORT": str(port), "PATH_PREFIX": f"/{name}", "DRAIN_SECONDS": "0"}
    settings = read_settings({**environment, "SERVICE_URL": f"http://{_HOST}:{peer_port}"}, service)
    with log.open("wb") as output:
        stream = LogStream(output)
        configure_logging(stream, name)
        draining = Draining()
        app: ASGIApp = CloseWhileDraining(
            create_app(service, settings, draining=draining, open_client=open_client), draining
        )
        serve(_Either(AccessLog(app, stream, name), app), settings, draining)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A service process under measurement."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """Return the CPU time so far, of all threads."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def _running(
    name: str,
    port: int,
    peer_port: int,
    log: Path,
    open_client: Callable[[], httpx.AsyncClient] = open_client,
) -> Iterator[_Running]:
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(name, port, peer_port, log, open_client), daemon=True
    )
    process.start()
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex((_HOST, port)) == 0:
                    break
            time.sleep(0.1)
        else:
            raise TimeoutError(f"{name} does not listen on {_HOST}:{port}")
        assert process.pid is not None  # noqa: S101 - for the type checker
        yield _Running(pid=process.pid, port=port)
    finally:
        process.terminate()
        process.join(5)
        process.kill()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((_HOST, 0))
        return [one.getsockname()[1] for one in sockets]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One side of a comparison: a process and the request to it."""

    service: _Running
    path: str
    body: bytes


_Pairs = Sequence[tuple[Measurement, Measurement]]


async def _compare(first: _Side, second: _Side, *, pairs: int, seconds: float, settle_seconds: float) -> _Pairs:
    """Measure alternating slices of both; the order changes with each pair, so that it does not matter."""
    sides = (first, second)
    loads = [
        await Load.open(side.service.port, side.path, expected_body=side.body, connections=CONNECTIONS)
        for side in sides
    ]

    async def measure(index: int) -> Measurement:
        cpu_seconds = sides[index].service.cpu_seconds
        return await loads[index].run(seconds, settle_seconds=settle_seconds, cpu_seconds=cpu_seconds)

    for index in (0, 1):
        await measure(index)  # opens the pools and warms the code
    result = []
    for pair in range(pairs):
        slices = {index: await measure(index) for index in ((0, 1) if pair % 2 == 0 else (1, 0))}
        result.append((slices[0], slices[1]))
    for load in loads:
        load.close()
    return result


def _mean(pairs: _Pairs, index: int) -> Measurement:
    """Return the sum of all slices of one side."""
    slices = [pair[index] for pair in pairs]
    return Measurement(
        requests=sum(one.requests for one in slices),
        seconds=sum(one.seconds for one in slices),
        cpu_seconds=sum(one.cpu_seconds for one in slices),
    )


async def _run(folder: Path) -> tuple[float, float]:
    """Print both measurements; return the ratio of `/fetch` and the cost of the log."""
    ports = _free_ports(3)
    with (
        _running("service2", ports[0], ports[1], folder / "service2") as _,
        _running("service1", ports[1], ports[0], folder / "service1") as real,
        _running("service1", ports[2], ports[0], folder / "plain", _plain_client) as plain,
    ):
        fetch = await _measure_fetch(real, plain)
        cost = await _measure_log(real)
    return fetch, cost


async def _measure_fetch(real: _Running, plain: _Running) -> float:
    first, second = (_Side(service=service, path="/service1/fetch", body=FETCH_BODY) for service in (real, plain))
    pairs = await _compare(first, second, pairs=6, seconds=2, settle_seconds=0.5)
    ours, theirs = _mean(pairs, 0), _mean(pairs, 1)
    ratio = ours.per_cpu_second / theirs.per_cpu_second
    sys.stdout.write(
        f"service apps: /fetch at {CONNECTIONS} connections {ours.per_cpu_second:.0f} requests per CPU "
        f"second, plain httpx {theirs.per_cpu_second:.0f}, ratio {ratio:.1f}, "
        f"by the clock {ours.per_second / theirs.per_second:.1f} (target: at least {PROMISED_FETCH_RATIO:.0f})\n"
    )
    return ratio


async def _measure_log(service: _Running) -> float:
    logged = _Side(service=service, path="/service1?logged", body=BODY)
    silent = _Side(service=service, path=f"/service1?{_SILENT}", body=BODY)
    pairs = await _compare(logged, silent, pairs=30, seconds=0.3, settle_seconds=0.05)
    cost = 1 - statistics.median(one.per_cpu_second / other.per_cpu_second for one, other in pairs)
    by_clock = 1 - statistics.median(one.per_second / other.per_second for one, other in pairs)
    sys.stdout.write(
        f"service apps: /service1 {_mean(pairs, 0).per_cpu_second:.0f} requests per CPU second, "
        f"without access log {_mean(pairs, 1).per_cpu_second:.0f}, cost {cost:.1%}, "
        f"by the clock {by_clock:.1%} (target: at most {PROMISED_LOG_COST:.0%})\n"
    )
    return cost


def benchmark() -> int:
    """Print both measurements; return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        fetch, cost = uvloop.run(_run(Path(folder)))
    too_slow = f"/fetch is {fetch:.1f} times as fast as plain httpx; target {PROMISED_FETCH_RATIO}"
    broken = [too_slow] if fetch < PROMISED_FETCH_RATIO else []
    broken += [f"access log costs {cost:.1%}, more than {PROMISED_LOG_COST:.0%}"] if cost > PROMISED_LOG_COST else []
    for line in broken:
        sys.stdout.write(f"service apps: target missed, {line}\n")
    return 1 if broken else 0


def main(arguments: Sequence[str]) -> int:
    """Run this benchmark alone."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.service_apps", description=__doc__)
    parser.add_argument("--report-only", action="store_true", help="exit with 0 even if a target is missed")
    report_only: bool = parser.parse_args(arguments).report_only
    status = benchmark()
    return 0 if report_only else status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
