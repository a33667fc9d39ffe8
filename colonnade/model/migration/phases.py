"""A state machine that moves requests from a monolith to microservices: phases, tasks and weights, legal steps.

    monolith -> attached -> canary -> cutover -> retired

A step moves each microservice by at most one phase, forward or back. Terraform does not change rules and desired counts
at the same instant. Between neighbouring phases that is harmless: the old and the new rules forward only to services
that have tasks before and after the step, so every request is answered. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from colonnade.model.declared import Declared

Phase = Literal["monolith", "attached", "canary", "cutover", "retired"]
"""monolith: microservices do not exist. attached: they run and get no requests. canary: they get a percentage.
cutover: they get all requests. retired: as cutover, and the monolith has no tasks."""

ORDER: tuple[Phase, ...] = get_args(Phase)
"""The phases, first to last."""
DEPLOYMENT_WIDE: tuple[Phase, ...] = ("monolith", "retired")
"""The phases that all microservices must be in together, because each determines whether the monolith runs."""
PER_SERVICE: tuple[Phase, ...] = tuple(phase for phase in ORDER if phase not in DEPLOYMENT_WIDE)
"""The phases in which microservices may differ from each other."""

_BY_NAME: Mapping[str, Phase] = {phase: phase for phase in ORDER}

CANARY_PERCENT = (1, 99)
"""Least and most; 0 and 100 are the phases `attached` and `cutover`."""
RECORD = "migration"
"""The name of the `terraform_data` resource that keeps the phase in the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration(Declared):
    """A deployment's declaration of its monolith, and of the microservices that take over."""

    monolith: str
    """The service that handles all requests until microservices take over; it has a target group in every phase.

    Rule: a declared service.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
    Example: "api"
    """
    microservices: tuple[str, ...]
    """The services that take over path prefixes of the monolith; they exist from `attached` on. One with the monolith's
    own prefix takes over all of it, which renames a service; such a migration begins at `attached`.

    Rule: one or more declared services, each once, with path prefixes below the monolith's, or one with its own.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
    Example: ("users", "orders")
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationSettings:
    """An environment's `[migration.DEPLOYMENT]` table: the phases of that deployment's migration."""

    phase: Phase
    """The phase of every microservice that is not in `services`.

    Rule: `monolith`, `attached`, `canary`, `cutover` or `retired`; one step forward or back with each apply.
    """
    canary_percent: int = 10
    """The share of requests that a microservice receives in `canary`.

    Rule: 1 to 99.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
    """
    services: Mapping[str, str] = field(default_factory=dict)
    """The phases of single microservices.

    Rule: `attached`, `canary` or `cutover` for each; empty if `phase` is `monolith` or `retired`.
    Example: {users = "cutover"}
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The distribution of a microservice's requests by its listener rule, in percent."""

    monolith: int
    microservice: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationState:
    """The phases of a deployment's microservices, and the resulting weights and tasks.

    Built from settings without problems.
    """

    monolith: str
    phases: Mapping[str, Phase]
    """Each microservice's phase, in declared order."""
    canary_percent: int

    @property
    def retired(self) -> bool:
        """True if the monolith has no tasks, and its own listener rule returns a fixed response."""
        return "retired" in self.phases.values()

    def exists(self, service: str) -> bool:
        """Return True unless the service is a microservice in phase `monolith`."""
        return self.phases.get(service) != "monolith"

    def has_tasks(self, service: str) -> bool:
        return self.exists(service) and not (service == self.monolith and self.retired)

    def weights(self, microservice: str) -> Weights | None:
        """Return the weights of a microservice's rule; None without a rule, when the monolith gets its requests."""
        phase = self.phases[microservice]
        if phase == "monolith":
            return None
        share = {"attached": 0, "canary": self.canary_percent, "cutover": 100, "retired": 100}[phase]
        return Weights(monolith=100 - share, microservice=share)

    def record(self) -> Record:
        """Return the record for the Terraform state."""
        return Record(order=ORDER, services=self.phases)


def migration_state(migration: Migration, settings: MigrationSettings) -> MigrationState:
    """Return the state of the declared migration with an environment's checked settings."""
    phases = {name: _BY_NAME[settings.services.get(name, settings.phase)] for name in migration.microservices}
    return MigrationState(monolith=migration.monolith, phases=phases, canary_percent=settings.canary_percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record of the phases in the Terraform state. With it, a step can be checked with the plan alone."""

    order: tuple[str, ...]
    services: Mapping[str, str]

    def as_input(self) -> dict[str, object]:
        """Return the input value of the `terraform_data` resource."""
        return {"order": list(self.order), "services": dict(self.services)}


@dataclass(frozen=True, slots=True, kw_only=True)
class IllegalStep:
    """A microservice that would move by more than one phase; it may move to `previous` or `next`."""

    service: str
    current: str
    wanted: str
    previous: str | None
    next: str | None


def illegal_steps(before: Record, after: Record) -> Iterator[IllegalStep]:
    """Yield each microservice that makes the step from one record to another illegal.

    A microservice that is missing in one of the records counts as being in the first phase. Raises ValueError for a
    phase that is not in `after.order`.
    """
    order = after.order
    for service in sorted({*before.services, *after.services}):
        current, wanted = (record.services.get(service, order[0]) for record in (before, after))
        place = _place(order, current)
        if abs(_place(order, wanted) - place) > 1:
            yield IllegalStep(
                service=service,
                current=current,
                wanted=wanted,
                previous=order[place - 1] if place > 0 else None,
                next=order[place + 1] if place + 1 < len(order) else None,
            )


def may_end(before: Record) -> bool:
    """Return True if the migration may be removed: all microservices are in the first or the last phase."""
    ends = {before.order[0], before.order[-1]}
    return set(before.services.values()) <= ends


def _place(order: tuple[str, ...], phase: str) -> int:
    if phase not in order:
        raise ValueError(f"phase {phase!r} is not one of {', '.join(order)}")
    return order.index(phase)
