"""The endpoints of a load balancer on this machine: its host name and the real ports of its listeners. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from colonnade_sandbox.control_plane.snapshot import Snapshot
from colonnade_sandbox.errors import SandboxError


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One listener."""

    scheme: Literal["http", "https"]
    aws_port: int
    """The listener's port on AWS."""
    port: int
    """The listener's port on 127.0.0.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    host: str
    """The name in the Host header and in the certificate."""
    listeners: tuple[Endpoint, ...]
    """Sorted by their ports on AWS."""

    def urls(self) -> tuple[str, ...]:
        return tuple(f"{each.scheme}://{self.host}:{each.port}/" for each in self.listeners)

    def listener(self, scheme: str) -> Endpoint:
        """Return the first listener of `scheme`. Raises SandboxError if there is none."""
        for each in self.listeners:
            if each.scheme == scheme:
                return each
        raise SandboxError(f"the load balancer has no {scheme} listener")

    def as_facts(self) -> dict[str, Any]:
        """Return the endpoints as JSON for a session file, in the format that `from_facts` reads."""
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        return cls(host=facts["host"], listeners=tuple(Endpoint(**each) for each in facts["listeners"]))


def find_endpoints(snapshot: Snapshot, ports: Mapping[str, int]) -> Endpoints:
    """Return the load balancer's endpoints. The host is the certificate's first name or, for HTTP, its DNS name.

    Without a load balancer the result has no listeners. Raises SandboxError for more than one load balancer.
    """
    if not snapshot.load_balancers:
        return Endpoints(host="", listeners=())
    if len(snapshot.load_balancers) > 1:
        raise SandboxError(
            f"the deployment has {len(snapshot.load_balancers)} load balancers; the sandbox supports one"
        )
    (balancer,) = snapshot.load_balancers
    names = (*(name for listener in balancer.listeners for name in listener.certificate_domains), balancer.dns_name)
    listeners = [
        Endpoint(
            scheme="https" if listener.protocol == "HTTPS" else "http", aws_port=listener.port, port=ports[listener.arn]
        )
        for listener in balancer.listeners
        if listener.arn in ports  # otherwise it was deleted after the snapshot
    ]
    return Endpoints(host=names[0], listeners=tuple(sorted(listeners, key=lambda each: each.aws_port)))
