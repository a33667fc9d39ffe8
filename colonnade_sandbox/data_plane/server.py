"""The data plane's interface for `colonnade_sandbox.session`: a thread with an event loop, and calls into it."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import uvloop

from colonnade_sandbox.control_plane.observations import TargetHealth
from colonnade_sandbox.control_plane.snapshot import Snapshot, TaskNetwork
from colonnade_sandbox.data_plane.certificate_authority import CertificateAuthority
from colonnade_sandbox.data_plane.load_balancers import LoadBalancers

# No call takes this long unless the event loop is blocked.
_CALL_TIMEOUT_SECONDS = 30

# malloc.h, and the value with which glibc begins.
_M_TRIM_THRESHOLD = -1
_TRIM_THRESHOLD_BYTES = 128 * 1024

_Answer = TypeVar("_Answer")


class DataPlane:
    """The data plane of the snapshot's load balancers. Any thread except its own may call every method.

    The certificate authority's certificate is written to `certificate_directory`, for clients to trust. Its key never
    leaves the process.
    """

    def __init__(self, *, certificate_directory: Path) -> None:
        self._authority = CertificateAuthority(certificate_directory)
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, LoadBalancers]] = Future()
        self._thread = threading.Thread(target=self._run, name="data-plane", daemon=True)

    @property
    def certificate_authority_path(self) -> Path:
        """The PEM file that clients of HTTPS listeners trust; it exists as soon as the data plane is created."""
        return self._authority.certificate_path

    def start(self) -> None:
        """Start the thread. Listeners exist from the first `update` on."""
        _give_memory_back()
        self._thread.start()
        self._started.result(_CALL_TIMEOUT_SECONDS)

    def update(self, snapshot: Snapshot, interfaces: Mapping[str, TaskNetwork] = MappingProxyType({})) -> None:
        """Serve the load balancers of `snapshot`; return once all their listeners accept connections.

        `interfaces` are the subnets and security groups of the tasks, by address. They and the load balancer's security
        groups limit which connections may be opened.

        Listeners, rules, target groups and targets are added, changed and removed in place: open connections and
        requests in flight continue. A target that was removed from its group drains for the group's deregistration
        delay. Raises ValueError for an HTTPS listener whose certificate has no domain.
        """
        self._call(self._load_balancers.update(snapshot, interfaces))

    def target_health(self) -> Mapping[str, tuple[TargetHealth, ...]]:
        """Return, by target group ARN, its registered targets in the snapshot's order, then its draining ones."""

        async def target_health() -> Mapping[str, tuple[TargetHealth, ...]]:
            return self._load_balancers.target_health()

        return self._call(target_health())

    def ports(self) -> Mapping[str, int]:
        """Return, by listener ARN, its actual port on 127.0.0.1, the same as long as the listener exists."""

        async def ports() -> Mapping[str, int]:
            return self._load_balancers.ports()

        return self._call(ports())

    def close(self) -> None:
        """Stop the data plane and its thread, within about a second; requests in flight are cut.

        Does nothing if the data plane was never started.
        """
        if self._thread.ident is None:
            return
        loop, stop, _ = self._started.result(_CALL_TIMEOUT_SECONDS)
        loop.call_soon_threadsafe(stop.set)
        self._thread.join(_CALL_TIMEOUT_SECONDS)

    @property
    def _load_balancers(self) -> LoadBalancers:
        return self._started.result(_CALL_TIMEOUT_SECONDS)[2]

    def _call(self, work: Coroutine[Any, Any, _Answer]) -> _Answer:
        loop, _, _ = self._started.result(_CALL_TIMEOUT_SECONDS)
        return asyncio.run_coroutine_threadsafe(work, loop).result(_CALL_TIMEOUT_SECONDS)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        stop = asyncio.Event()
        load_balancers = LoadBalancers(self._authority)
        self._started.set_result((asyncio.get_running_loop(), stop, load_balancers))
        await stop.wait()
        await load_balancers.close()


def _give_memory_back() -> None:
    """Return the memory of large requests to the system after them.

    By default glibc raises its threshold with each large block that is freed, and keeps more from then on: mallopt(3).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _TRIM_THRESHOLD_BYTES)
