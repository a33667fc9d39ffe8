"""How tasks come by names: a private /etc in namespaces where the machine allows them, else a proxy that resolves.

Cloud Map answers (`names`) -> `private_etc` | `name_proxy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from colonnade_sandbox.control_plane.snapshot import DiscoveryService
from colonnade_sandbox.tasks.name_proxy import NameProxy
from colonnade_sandbox.tasks.names import NameAnswers
from colonnade_sandbox.tasks.private_etc import PrivateEtc
from colonnade_sandbox.tasks.process import namespaces_allowed


class NameResolution:
    """The tasks' names, kept up to date by `update`."""

    def __init__(
        self, directory: Path, *, clock: Callable[[], float], proxy_address: str, namespaces: bool | None = None
    ) -> None:
        """`namespaces` None: as the machine allows; `proxy_address` is where a proxy would listen."""
        private_etc = PrivateEtc(directory)
        self._answers = NameAnswers(clock)
        allowed = namespaces if namespaces is not None else namespaces_allowed(private_etc)
        self.private_etc = private_etc if allowed else None
        """What the tasks' processes see as /etc; None without namespaces."""
        self._proxy = None if allowed else NameProxy(self._answers.lookup, proxy_address)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a task's environment needs for names to work."""
        if self._proxy is None:
            return {}
        unproxied = {"NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1"}
        return {"HTTP_PROXY": self._proxy.url, "http_proxy": self._proxy.url, **unproxied}

    def update(self, discovery_services: Iterable[DiscoveryService], host_names: Iterable[tuple[str, str]]) -> None:
        """`host_names`: (address, name) of every task, which the VPC's resolver also answers."""
        self._answers.update(discovery_services)
        if self.private_etc is not None:
            self.private_etc.write_hosts([*self._answers.pairs(), *host_names])

    def close(self) -> None:
        if self._proxy is not None:
            self._proxy.close()
