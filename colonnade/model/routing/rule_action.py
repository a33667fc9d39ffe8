"""Actions of listener rules, which depend on the phase of a migration. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.migration.phases import MigrationState


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardByWeight:
    """An action that distributes requests over services by weight."""

    percents: Mapping[str, int]
    """Each service's share in percent, by name; a service at 0 gets no request, but its targets are still checked."""


@dataclass(frozen=True, slots=True)
class OwnersAction:
    """The default action of an existing listener, which its owner configures."""


RuleAction = FixedResponse | ForwardTo | ForwardByWeight

RETIRED_RESPONSE = FixedResponse(
    status_code=503, content_type="text/plain", message_body="Nothing answers here any more"
)
"""The response to remaining requests for a retired monolith, which has no tasks."""


def targets(action: RuleAction | OwnersAction) -> tuple[str, ...]:
    """Return the names of the services that the action forwards to, including those at 0 percent."""
    if isinstance(action, FixedResponse | OwnersAction):
        return ()
    return (action.service,) if isinstance(action, ForwardTo) else tuple(action.percents)


def rule_action(service: str, migration: MigrationState | None) -> RuleAction:
    """Return the action of the service's own listener rule."""
    if migration is None:
        return ForwardTo(service=service)
    if service == migration.monolith and migration.retired:
        return RETIRED_RESPONSE
    weights = migration.weights(service) if service in migration.phases else None
    if weights is None:
        return ForwardTo(service=service)
    return ForwardByWeight(percents={migration.monolith: weights.monolith, service: weights.microservice})


def default_action(declared: FixedResponse | ForwardTo, migration: MigrationState | None) -> FixedResponse | ForwardTo:
    """Return the declared default action; if it forwards to a retired monolith, return the fixed response instead."""
    if migration is not None and migration.retired and declared == ForwardTo(service=migration.monolith):
        return RETIRED_RESPONSE
    return declared
