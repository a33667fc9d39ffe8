"""Measures the service apps: `/fetch` over aiohttp's connections against plain httpx, and what the access log costs.

Real services on free loopback ports, 64 connections, short slices in turn. The verdict on both compares the best slices
by requests per second of the service's own processor time: that is what one core would serve, and what else this
machine does only takes away from it. The median ratio by the clock is printed next to it. Exits with 1 when a promise
is broken. `python -m bench.service_apps --help`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
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
from litestar.types import ASGIApp

from bench.load import Load, Measurement
from service_apps.kit.access_log import AccessLog
from service_apps.kit.application import create_app
from service_apps.kit.draining import CloseWhileDraining, Draining
from service_apps.kit.log import LogStream, configure_logging
from service_apps.kit.peer import open_client
from service_apps.kit.server import serve
from service_apps.kit.settings import read_settings
from service_apps.service1 import SERVICE as SERVICE1
from service_apps.service2 import SERVICE as SERVICE2

PROMISED_FETCH_RATIO: Final = 6.0
PROMISED_LOG_COST: Final = 0.15
CONNECTIONS: Final = 64
FETCH_BODY: Final = b'"response":"This is API 2."}'
BODY: Final = b'"msg":"This is API 1."}'
_HOST: Final = "127.0.0.1"


def _plain_client() -> httpx.AsyncClient:
    """httpx as it comes, with its own transport."""
    return httpx.AsyncClient()


def _serve(  # runs in a process of its own
    name: str, port: int, peer_port: int, log: Path, open_client: Callable[[], httpx.AsyncClient], access_log: bool
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
        serve(AccessLog(app, stream, name) if access_log else app, settings, draining)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A service process under measurement."""

    pid: int
    port: int

    def processor_seconds(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _running(
    name: str,
    port: int,
    peer_port: int,
    log: Path,
    *,
    open_client: Callable[[], httpx.AsyncClient] = open_client,
    access_log: bool = True,
) -> Iterator[_Running]:
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(name, port, peer_port, log, open_client, access_log), daemon=True
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
class _Slice:
    measurement: Measurement
    processor_seconds: float

    @property
    def per_processor_second(self) -> float:
        return self.measurement.requests / self.processor_seconds


async def _measure(service: _Running, load: Load, seconds: float) -> _Slice:
    before = service.processor_seconds()
    measurement = await load.run(seconds)
    return _Slice(measurement=measurement, processor_seconds=service.processor_seconds() - before)


async def _compare(
    path: str, body: bytes, first: _Running, second: _Running, *, pairs: int, seconds: float
) -> list[tuple[_Slice, _Slice]]:
    """Slices of both in turn; every other pair begins with the second, so that neither profits from its place."""
    services = (first, second)
    loads = [await Load.open(service.port, path, expected_body=body, connections=CONNECTIONS) for service in services]
    for load in loads:
        await load.run(0.3)  # opens the pools and warms the code
    result = []
    for pair in range(pairs):
        slices: dict[int, _Slice] = {}
        for index in (0, 1) if pair % 2 == 0 else (1, 0):
            slices[index] = await _measure(services[index], loads[index], seconds)
        result.append((slices[0], slices[1]))
    for load in loads:
        load.close()
    return result


def _ratios(pairs: Sequence[tuple[_Slice, _Slice]]) -> tuple[float, float]:
    """First/second: of the best slices by the service's processor time, and the median of the pairs by the clock."""
    return (
        _best(pairs, 0) / _best(pairs, 1),
        statistics.median(first.measurement.per_second / second.measurement.per_second for first, second in pairs),
    )


def _best(pairs: Sequence[tuple[_Slice, _Slice]], index: int) -> float:
    return max(pair[index].per_processor_second for pair in pairs)


async def _run(folder: Path) -> tuple[float, float]:
    """Prints both measurements; returns the ratio of `/fetch` and the cost of the log."""
    ports = _free_ports(4)
    with (
        _running("service2", ports[0], ports[1], folder / "service2") as _,
        _running("service1", ports[1], ports[0], folder / "service1") as real,
        _running("service1", ports[2], ports[0], folder / "plain", open_client=_plain_client) as plain,
        _running("service1", ports[3], ports[0], folder / "silent", access_log=False) as silent,
    ):
        fetches = await _compare("/service1/fetch", FETCH_BODY, real, plain, pairs=6, seconds=0.8)
        announcements = await _compare("/service1", BODY, real, silent, pairs=20, seconds=0.3)
    fetch, fetch_by_clock = _ratios(fetches)
    logged, logged_by_clock = _ratios(announcements)
    sys.stdout.write(
        f"service apps: /fetch at {CONNECTIONS} connections {_best(fetches, 0):.0f} requests per processor second, "
        f"plain httpx {_best(fetches, 1):.0f}, ratio {fetch:.1f}, by the clock {fetch_by_clock:.1f} "
        f"(promised: at least {PROMISED_FETCH_RATIO:.0f})\n"
    )
    sys.stdout.write(
        f"service apps: /service1 {_best(announcements, 0):.0f} requests per processor second, "
        f"without access log {_best(announcements, 1):.0f}, cost {1 - logged:.1%}, "
        f"by the clock {1 - logged_by_clock:.1%} (promised: at most {PROMISED_LOG_COST:.0%})\n"
    )
    return fetch, 1 - logged


def benchmark() -> int:
    """Prints both measurements; returns the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        fetch, cost = uvloop.run(_run(Path(folder)))
    broken = [f"/fetch ratio {fetch:.1f} is less than {PROMISED_FETCH_RATIO}"] if fetch < PROMISED_FETCH_RATIO else []
    broken += [f"access log costs {cost:.1%}, more than {PROMISED_LOG_COST:.0%}"] if cost > PROMISED_LOG_COST else []
    for line in broken:
        sys.stdout.write(f"service apps: promise broken, {line}\n")
    return 1 if broken else 0


def main(arguments: Sequence[str]) -> int:
    """The command by itself."""
    parser = argparse.ArgumentParser(prog="python -m bench.service_apps", description=__doc__)
    parser.add_argument("--report-only", action="store_true", help="exit with 0 also when a promise is broken")
    report_only: bool = parser.parse_args(arguments).report_only
    status = benchmark()
    return 0 if report_only else status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
