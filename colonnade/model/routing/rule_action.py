"""What becomes of the requests that a listener rule takes, in the phase that a migration is in.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.migration.phases import MigrationState


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardByWeight:
    """Shares requests between services."""

    percents: Mapping[str, int]
    """Each service's share, by name; a service at 0 gets none, and its targets are checked all the same."""


RuleAction = FixedResponse | ForwardTo | ForwardByWeight

RETIRED_RESPONSE = FixedResponse(
    status_code=503, content_type="text/plain", message_body="Nothing answers here any more"
)
"""What stray requests to a retired monolith get: no task of it is left."""


def targets(action: RuleAction) -> tuple[str, ...]:
    """The names of the services that the action forwards to, those at 0 percent included."""
    if isinstance(action, FixedResponse):
        return ()
    return (action.service,) if isinstance(action, ForwardTo) else tuple(action.percents)


def rule_action(service: str, migration: MigrationState | None) -> RuleAction:
    """What the service's own listener rule does."""
    if migration is None:
        return ForwardTo(service=service)
    if service == migration.monolith and migration.retired:
        return RETIRED_RESPONSE
    weights = migration.weights(service) if service in migration.phases else None
    if weights is None:
        return ForwardTo(service=service)
    return ForwardByWeight(percents={migration.monolith: weights.monolith, service: weights.microservice})


def default_action(declared: FixedResponse | ForwardTo, migration: MigrationState | None) -> FixedResponse | ForwardTo:
    """What becomes of a request that no rule takes: what is declared, unless that is the retired monolith's."""
    if migration is not None and migration.retired and declared == ForwardTo(service=migration.monolith):
        return RETIRED_RESPONSE
    return declared
