"""Every listener of every load balancer in the account, served from one asyncio thread; `sandbox.session` imports it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.control_plane.observations import TargetHealth
from sandbox.control_plane.snapshot import Snapshot


class DataPlane:
    """The data plane of the snapshot's load balancers. Every method may be called from any thread.

    `certificate_directory` is where the certificate authority's certificate is written, for clients to trust; its key never
    leaves the process.
    """

    def __init__(self, *, certificate_directory: Path) -> None:
        self._certificate_directory = certificate_directory

    @property
    def certificate_authority_path(self) -> Path:
        """The PEM file that clients of HTTPS listeners trust; it exists from the moment the data plane is made."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the thread. Nothing listens before the first `update`."""
        raise NotImplementedError

    def update(self, snapshot: Snapshot) -> None:
        """Serve what `snapshot` says; when this returns, every listener of it accepts connections.

        Listeners, rules, target groups and targets are added, changed and removed in place: open connections and requests in
        flight stay. A target that is gone from its group drains for the group's deregistration delay.
        """
        raise NotImplementedError

    def target_health(self) -> Mapping[str, tuple[TargetHealth, ...]]:
        """By target group ARN: its registered targets in the snapshot's order, then its draining ones."""
        raise NotImplementedError

    def ports(self) -> Mapping[str, int]:
        """By listener ARN: the port on 127.0.0.1 where it really listens, the same for as long as the listener exists."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop everything and end the thread, within about a second; requests in flight are cut."""
        raise NotImplementedError
