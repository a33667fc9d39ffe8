"""`python -m service_apps.dev`: runs the three services on this machine, without a load balancer, and restarts them
when a file changes.

Each runs under its prefix, as behind the load balancer: http://127.0.0.1:7071/service1 and so on. A change of a Python
file in this package restarts all three. Ctrl-C stops them; a second Ctrl-C kills them. Not part of any image.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final

from watchfiles import PythonFilter, watch

PACKAGE: Final = Path(__file__).parent
HOST: Final = "127.0.0.1"
PEERS: Final = {"service1": "service2", "service2": "service1", "service3": None}
"""The service that each service calls."""
STOP_SECONDS: Final = 3.0


def environment_of(name: str, ports: dict[str, int]) -> dict[str, str]:
    """Return the variables of a container of this service, with this machine's addresses."""
    environment = {"HOST": HOST, "PORT": str(ports[name]), "PATH_PREFIX": f"/{name}", "DRAIN_SECONDS": "0"}
    peer = PEERS[name]
    if peer is not None:
        environment["SERVICE_URL"] = f"http://{HOST}:{ports[peer]}"
    return environment


class Processes:
    """The running services. Each is in its own process group, so that Ctrl-C reaches only this process."""

    def __init__(self, ports: dict[str, int]) -> None:
        self._ports = ports
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start all services."""
        for name in self._ports:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", f"service_apps.{name}"],
                cwd=PACKAGE.parent,
                env=os.environ | environment_of(name, self._ports),
                process_group=0,
            )

    def stop(self) -> None:
        """Stop all services; kill those that still run after STOP_SECONDS or at a second interrupt."""
        for process in self._running.values():
            process.send_signal(signal.SIGINT)
        try:
            for process in self._running.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)
        finally:
            for process in self._running.values():
                process.kill()
                process.wait()
            self._running.clear()

    def take_ended(self) -> dict[str, int]:
        """Return the exit codes, by name, of the services that exited by themselves since the last call."""
        ended = {name: process.returncode for name, process in self._running.items() if process.poll() is not None}
        for name in ended:
            del self._running[name]
        return ended


def run(processes: Processes, directory: Path, stop: threading.Event) -> None:
    """Run all services until `stop` is set; restart them when a Python file in `directory` changes."""
    processes.start()
    try:
        changes = watch(
            directory, watch_filter=PythonFilter(), stop_event=stop, yield_on_timeout=True, rust_timeout=500
        )
        for changed in changes:
            if changed:
                _say("Restarting: " + ", ".join(sorted(Path(path).name for _, path in changed)))
                processes.stop()
                processes.start()
            for name, code in processes.take_ended().items():
                _say(f"{name} exited with code {code}; it restarts when a file changes.")
    finally:
        processes.stop()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> None:
    """Run the command; exit with 0 after Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m service_apps.dev", description=__doc__)
    parser.add_argument(
        "--first-port",
        type=int,
        default=7071,
        metavar="PORT",
        help="the port of service1; the other services use the next ports (default: 7071)",
    )
    first_port: int = parser.parse_args(arguments).first_port
    if not 1 <= first_port <= 65_535 - len(PEERS):
        parser.error(f"--first-port {first_port}: must be from 1 to {65_535 - len(PEERS)}")
    ports = {name: first_port + index for index, name in enumerate(PEERS)}

    stop = threading.Event()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, request_stop)
    for name, port in ports.items():
        _say(f"http://{HOST}:{port}/{name}" + ("" if PEERS[name] is None else f"   and /{name}/fetch"))
    _say("Press Ctrl-C to stop.")
    with suppress(KeyboardInterrupt):
        run(Processes(ports), PACKAGE, stop)


if __name__ == "__main__":
    main(sys.argv[1:])
