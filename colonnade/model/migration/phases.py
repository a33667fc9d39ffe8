"""Moving a monolith's requests to microservices as a state machine: phases, what each one runs and weighs, legal steps.

    monolith -> attached -> canary -> cutover -> retired

A step moves each microservice by one place at most, forward or back. That is what keeps every request answered: rules
and desired counts do not change in one instant, and only between neighbours do the rules before and after send
requests to nothing but services that have tasks before and after. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from colonnade.model.declared import Declared

Phase = Literal["monolith", "attached", "canary", "cutover", "retired"]
"""monolith: nothing else runs. attached: microservices run and get no request. canary: they get a percentage.
cutover: they get all. retired: and the monolith has no task any more."""

ORDER: tuple[Phase, ...] = get_args(Phase)
"""The phases, first to last."""
DEPLOYMENT_WIDE: tuple[Phase, ...] = ("monolith", "retired")
"""The phases of all microservices at once: what they say of the monolith cannot be true for one of them alone."""
PER_SERVICE: tuple[Phase, ...] = tuple(phase for phase in ORDER if phase not in DEPLOYMENT_WIDE)
"""The phases in which microservices may differ from each other."""

_BY_NAME: Mapping[str, Phase] = {phase: phase for phase in ORDER}

CANARY_PERCENT = (1, 99)
"""0 and 100 are the phases beside it."""
RECORD = "migration"
"""The name of the `terraform_data` resource that keeps the phase in the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration(Declared):
    """Declared by a deployment: which service is taken apart, and which ones take over."""

    monolith: str
    """The service that answers for the microservices until they do; it has a target group in every phase."""
    microservices: tuple[str, ...]
    """The services that take over path prefixes of the monolith; they exist from `attached` on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationSettings:
    """An environment's `[migration.DEPLOYMENT]` table: how far that deployment is there."""

    phase: Phase
    """Every microservice's phase, but for those that `services` names."""
    canary_percent: int = 10
    """The share of requests that a microservice gets in `canary`, 1 to 99."""
    services: Mapping[str, str] = field(default_factory=dict)
    """The phase of single microservices, beside a `phase` that is not deployment-wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How a listener rule shares a microservice's requests, in percent."""

    monolith: int
    microservice: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationState:
    """Where a deployment's microservices stand, and what follows for every service. Made of checked settings."""

    monolith: str
    phases: Mapping[str, Phase]
    """Each microservice's phase, in declared order."""
    canary_percent: int

    @property
    def retired(self) -> bool:
        """Whether the monolith has no tasks, and its own listener rule answers by itself."""
        return "retired" in self.phases.values()

    def exists(self, service: str) -> bool:
        """Whether the service is there at all: only microservices are missing, and only in `monolith`."""
        return self.phases.get(service) != "monolith"

    def has_tasks(self, service: str) -> bool:
        return self.exists(service) and not (service == self.monolith and self.retired)

    def weights(self, microservice: str) -> Weights | None:
        """How its rule shares its requests; None where it has no rule, and the monolith gets them."""
        phase = self.phases[microservice]
        if phase == "monolith":
            return None
        share = {"attached": 0, "canary": self.canary_percent, "cutover": 100, "retired": 100}[phase]
        return Weights(monolith=100 - share, microservice=share)

    def record(self) -> Record:
        """What the Terraform state remembers of it."""
        return Record(order=ORDER, services=self.phases)


def migration_state(migration: Migration, settings: MigrationSettings) -> MigrationState:
    """The state that an environment's settings, once checked, put the declared migration in."""
    phases = {name: _BY_NAME[settings.services.get(name, settings.phase)] for name in migration.microservices}
    return MigrationState(monolith=migration.monolith, phases=phases, canary_percent=settings.canary_percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the state remembers: the phases by name, so that a step can be judged by the plan alone."""

    order: tuple[str, ...]
    services: Mapping[str, str]

    def as_input(self) -> dict[str, object]:
        """The value of the `terraform_data` resource."""
        return {"order": list(self.order), "services": dict(self.services)}


@dataclass(frozen=True, slots=True, kw_only=True)
class IllegalStep:
    """One microservice that would move by more than one place; `previous` and `next` are where it may go."""

    service: str
    current: str
    wanted: str
    previous: str | None
    next: str | None


def illegal_steps(before: Record, after: Record) -> Iterator[IllegalStep]:
    """What makes the step from one record to another illegal, by microservice; nothing for a legal one.

    A microservice that one of the records does not know stood, or will stand, at the first phase: without it all
    requests are the monolith's. Raises ValueError for a phase that `after.order` does not hold.
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
    """Whether a deployment may stop being a migration: only when one side has all requests and the other is gone."""
    ends = {before.order[0], before.order[-1]}
    return set(before.services.values()) <= ends


def _place(order: tuple[str, ...], phase: str) -> int:
    if phase not in order:
        raise ValueError(f"phase {phase!r} is not one of {', '.join(order)}")
    return order.index(phase)
