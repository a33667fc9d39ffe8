"""The phases of a migration, from the environment's file or from MIGRATION_PHASE, which overrides it for one synthesis.

MIGRATION_PHASE is `canary` for every microservice, or `users=cutover,threads=canary` for named ones. With
`canary,users=cutover`, `canary` applies to all microservices other than `users`. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from colonnade.model.environment.settings import Environment
from colonnade.model.errors import Fault, Problem, out_of_range, suggestion
from colonnade.model.migration.phases import (
    CANARY_PERCENT,
    DEPLOYMENT_WIDE,
    ORDER,
    PER_SERVICE,
    Migration,
    MigrationSettings,
    MigrationState,
    migration_state,
)

OVERRIDE = "MIGRATION_PHASE"
"""The environment variable; `main` reads it."""

_CHOICE = f"choose one of {', '.join(PER_SERVICE)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseOverride:
    """The parsed value of MIGRATION_PHASE; `faults` checks it against a migration."""

    text: str
    phases: tuple[str, ...]
    """The phases that are given without the name of a service."""
    services: tuple[tuple[str, str], ...]
    """The pairs of a service and its phase."""

    def faults(self, migration: Migration) -> Iterator[Fault]:
        """Yield the faults that prevent the override from giving each microservice one phase."""
        yield from self._phase_faults()
        for service, phase in dict.fromkeys(self.services):
            yield from _service_faults(service, phase, migration)
        named = [service for service, _ in self.services]
        for service in dict.fromkeys(named):
            if named.count(service) > 1:
                yield Fault(f"{service!r} is named {named.count(service)} times", "name each microservice once")
        missing = [repr(name) for name in migration.microservices if name not in named]
        if missing and not self.phases:
            yield Fault(f"no phase is given for {', '.join(missing)}", "name them, or add one phase for all others")

    def applied_to(self, settings: MigrationSettings) -> MigrationSettings:
        """Return the settings with the phases of this override, which must have no faults."""
        # If every microservice is named, `phase` applies to none and its value does not matter.
        phase = next((phase for phase in ORDER if phase in self.phases), settings.phase)
        return replace(settings, phase=phase, services=dict(self.services))

    def _phase_faults(self) -> Iterator[Fault]:
        for phase in self.phases:
            if phase not in ORDER:
                yield Fault(f"{phase!r} is not a phase", suggestion(phase, ORDER, label="phases"))
            elif phase in DEPLOYMENT_WIDE and self.services:
                fix = f"remove the services, or {_CHOICE}"
                yield Fault(f"{phase!r} applies to all services and cannot be combined with service=phase", fix)
        if len(set(self.phases)) > 1:
            fix = "keep one of them, and write the others as service=phase"
            yield Fault(f"{len(set(self.phases))} different phases are given for all services", fix)


def parse_override(text: str) -> PhaseOverride:
    """Return the parsed string. Every string can be parsed; an empty string is a phase with an empty name."""
    words = [word.partition("=") for word in text.split(",")]
    return PhaseOverride(
        text=text,
        phases=tuple(phase.strip() for phase, equals, _ in words if not equals),
        services=tuple((service.strip(), phase.strip()) for service, equals, phase in words if equals),
    )


def settings_problems(
    deployment: str,
    migration: Migration,
    environment: Environment | None,
    override: PhaseOverride | None,
    successors: Sequence[str],
) -> Iterator[Problem]:
    """Yield the problems of the environment's settings for the migration, and of the override.

    `successors` are the microservices with the monolith's own prefix, see `migration.rules`.
    """
    if environment is not None:
        settings = environment.migration.get(deployment)
        faults = (
            (_missing(deployment, successors),)
            if settings is None
            else (*_settings_faults(settings, deployment, migration), *_absence_faults((settings.phase,), successors))
        )
        yield from (fault.of("environment", environment.name) for fault in faults)
    if override is not None:
        faults = (*override.faults(migration), *_absence_faults(override.phases, successors))
        yield from (fault.of(f"deployment {deployment!r}, {OVERRIDE}", override.text) for fault in faults)


def is_retired(deployment: str, environment: Environment | None, override: PhaseOverride | None) -> bool:
    """Return True if the settings or the override retire the deployment's monolith."""
    if override is not None:
        return "retired" in override.phases
    settings = environment.migration.get(deployment) if environment is not None else None
    return settings is not None and settings.phase == "retired"


def unknown_tables(environment: Environment, deployments: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each `[migration.NAME]` table whose NAME is not one of `deployments`, the deployments with a
    migration."""
    for name in environment.migration.keys() - set(deployments):
        known = suggestion(name, deployments, label="deployments with a migration", taken=environment.migration)
        fix = known if deployments else "remove the table"
        message = f"table [migration.{name}] has no effect: no deployment of this name declares a migration"
        yield Fault(message, fix).of("environment", environment.name)


def resolved_state(
    deployment: str, migration: Migration, environment: Environment, override: PhaseOverride | None
) -> MigrationState:
    """Return the state of the migration; the settings and the override must have no problems."""
    settings = environment.migration[deployment]
    return migration_state(migration, override.applied_to(settings) if override is not None else settings)


def _absence_faults(phases: Sequence[str], successors: Sequence[str]) -> Iterator[Fault]:
    """Yield a fault for a phase in which a service with the monolith's own prefix would not exist."""
    if ORDER[0] in phases and successors:
        yield Fault(
            f"phase {ORDER[0]!r} is not allowed: {successors[0]!r} takes over the whole path prefix of its monolith, "
            "and other services may call it",
            f"begin at {PER_SERVICE[0]!r}",
        )


def _missing(deployment: str, successors: Sequence[str]) -> Fault:
    first = PER_SERVICE[0] if successors else ORDER[0]
    return Fault(
        f"missing table [migration.{deployment}], which sets the phases of that deployment's migration",
        f'add the table to the environment\'s file, with `phase = "{first}"` to begin with',
    )


def _settings_faults(settings: MigrationSettings, deployment: str, migration: Migration) -> Iterator[Fault]:
    key = f"migration.{deployment}"
    least, most = CANARY_PERCENT
    if not least <= settings.canary_percent <= most:
        note = "; 0 is phase 'attached' and 100 is 'cutover'"
        yield out_of_range(f"{key}.canary_percent", settings.canary_percent, least, most, note=note)
    for service, phase in settings.services.items():
        for fault in _service_faults(service, phase, migration):
            yield Fault(f"{key}.services: {fault.message}", fault.fix)
    if settings.services and settings.phase in DEPLOYMENT_WIDE:
        yield Fault(
            f"{key}.phase {settings.phase!r} applies to all services and cannot be combined with {key}.services",
            f"remove that table, or {_CHOICE}",
        )


def _service_faults(service: str, phase: str, migration: Migration) -> Iterator[Fault]:
    """Yield the faults of the phase of a single service."""
    if service not in migration.microservices:
        fix = suggestion(service, migration.microservices, label="microservices")
        yield Fault(f"names {service!r}, which is not a microservice", fix)
    if phase in DEPLOYMENT_WIDE:
        yield Fault(f"{phase!r} cannot be the phase of {service!r} alone", f"set it for all services, or {_CHOICE}")
    elif phase not in PER_SERVICE:
        yield Fault(f"{phase!r} of {service!r} is not a phase", suggestion(phase, PER_SERVICE, label="phases"))
