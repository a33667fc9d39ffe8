"""The registered and draining targets of one target group, and the choice of the target for a request.

No I/O: time is an argument. `load_balancers` keeps one `TargetPool` per target group, `health_checks` writes the health
of its targets, and `forwarding` sends requests to the target that the pool chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from colonnade_sandbox.control_plane.observations import TargetHealth
from colonnade_sandbox.control_plane.snapshot import HealthCheck, Target, TargetGroup
from colonnade_sandbox.data_plane.health_state import HealthState


@dataclass(slots=True, kw_only=True, eq=False)
class RegisteredTarget:
    """One registration of a target; a new registration of the same address starts with unknown health."""

    target: Target
    health: HealthState = field(default_factory=HealthState)
    last_turn: int = 0
    """The sequence number, within the group, of the last request that went to this target; 0 if none did."""
    in_flight: set[Callable[[], None]] = field(default_factory=set)
    """For each request in progress, the function that cuts it."""


class TargetPool:
    """The targets of one group, used in turn (round robin).

    If no target is healthy, requests go to all registered targets (fail-open).
    """

    def __init__(self) -> None:
        self.attached = False
        """True if a listener rule forwards to the group; otherwise its targets are 'unused' and not checked."""
        self._registered: dict[Target, RegisteredTarget] = {}
        self._draining: dict[RegisteredTarget, float] = {}
        """The draining targets, each with the time at which its draining ends."""
        self._turn = 0
        self._health_check: HealthCheck | None = None
        self.reaches: Callable[[str, int], bool] = lambda _address, _port: True
        """Returns True if the security groups let the load balancer connect to that port of an address."""
        self.sticky_session_seconds: int | None = None
        """The duration of a session after its last response; None if the group has no sticky sessions."""

    @property
    def registered(self) -> tuple[RegisteredTarget, ...]:
        return tuple(self._registered.values())

    @property
    def health_check(self) -> HealthCheck:
        """The health check settings, available from the first `update` on."""
        if self._health_check is None:
            raise RuntimeError("the pool has not been updated yet")
        return self._health_check

    def update(self, group: TargetGroup, *, attached: bool, now: float) -> float | None:
        """Register and deregister targets so that the pool has those of `group`.

        Returns the time at which to call `finish_draining`, if a target began to drain.
        """
        known = self._registered if attached == self.attached else {}
        gone = [known[target] for target in known if target not in group.targets]
        self.attached = attached
        self._health_check = group.health_check
        self.sticky_session_seconds = group.sticky_session_seconds
        self._registered = {
            target: known[target] if target in known else RegisteredTarget(target=target) for target in group.targets
        }
        self._draining = {
            record: end for record, end in self._draining.items() if record.target not in self._registered
        }
        if not gone or not attached:
            return None
        deadline = now + group.deregistration_delay_seconds
        self._draining.update(dict.fromkeys(gone, deadline))
        return deadline

    def finish_draining(self, deadline: float) -> None:
        """Remove the targets whose draining ends at `deadline` or earlier, and cut their requests in flight."""
        over = [record for record, end in self._draining.items() if end <= deadline]
        for record in over:
            del self._draining[record]
            for cut in tuple(record.in_flight):
                cut()

    def choose(
        self, *, without: Collection[RegisteredTarget] = (), bound_to: Target | None = None
    ) -> RegisteredTarget | None:
        """Return the target for the next request: the candidate whose last request is the longest ago.

        `bound_to` is the target of the client's session, which is chosen if it is a candidate. `without` are the
        targets whose connection failed for this request. Returns None if no target is left.
        """
        healthy = [record for record in self._registered.values() if record.health.state == "healthy"]
        candidates = [record for record in (healthy if healthy else self.registered) if record not in without]
        if not candidates:
            return None
        self._turn += 1
        bound = [record for record in candidates if record.target == bound_to]
        chosen = min(bound if bound else candidates, key=lambda record: record.last_turn)
        chosen.last_turn = self._turn
        return chosen

    def target_health(self) -> tuple[TargetHealth, ...]:
        """Return the entries of DescribeTargetHealth: registered targets, then draining ones."""
        return tuple(
            [self._health_of(record) for record in self._registered.values()]
            + [_draining_health(record) for record in self._draining]
        )

    def _health_of(self, record: RegisteredTarget) -> TargetHealth:
        if not self.attached:
            return TargetHealth(
                address=record.target.address,
                port=record.target.port,
                state="unused",
                reason="Target.NotInUse",
                description="Target group is not configured to receive traffic from the load balancer",
            )
        return TargetHealth(
            address=record.target.address,
            port=record.target.port,
            state=record.health.state,
            reason=record.health.reason,
            description=record.health.description,
        )


def _draining_health(record: RegisteredTarget) -> TargetHealth:
    return TargetHealth(
        address=record.target.address,
        port=record.target.port,
        state="draining",
        reason="Target.DeregistrationInProgress",
        description="Target deregistration is in progress",
    )
