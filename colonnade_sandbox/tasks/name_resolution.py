"""Name resolution for tasks: a private /etc where the machine allows namespaces, otherwise a proxy that resolves.

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
    """The names that tasks can resolve; `update` keeps them current."""

    def __init__(
        self, directory: Path, *, clock: Callable[[], float], proxy_address: str, namespaces: bool | None = None
    ) -> None:
        """Start the proxy on `proxy_address` if namespaces are not used.

        If `namespaces` is None, they are used where the machine allows them.
        """
        private_etc = PrivateEtc(directory)
        self._answers = NameAnswers(clock)
        allowed = namespaces if namespaces is not None else namespaces_allowed(private_etc)
        self.private_etc = private_etc if allowed else None
        """The /etc of the tasks' processes; None without namespaces."""
        self._proxy = None if allowed else NameProxy(self._answers.lookup, proxy_address)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables that a task needs to resolve names."""
        if self._proxy is None:
            return {}
        unproxied = {"NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1"}
        return {"HTTP_PROXY": self._proxy.url, "http_proxy": self._proxy.url, **unproxied}

    def update(self, discovery_services: Iterable[DiscoveryService], host_names: Iterable[tuple[str, str]]) -> None:
        """Publish the Cloud Map names and `host_names`.

        `host_names` has the (address, name) pair of every task; the VPC's resolver answers these, too.
        """
        self._answers.update(discovery_services)
        if self.private_etc is not None:
            self.private_etc.write_hosts([*self._answers.pairs(), *host_names])

    def close(self) -> None:
        if self._proxy is not None:
            self._proxy.close()
