"""The rules for a deployment that adds its rules to an existing listener. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.environment.listener import use_faults
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import Fault, Problem
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.routing.listener_priority import assign_priorities, scaling_faults
from colonnade.model.service.rules import routable
from colonnade.model.shape import ShapedDeployment


def listener_problems(
    shaped: ShapedDeployment, existing: ExistingNetwork | None, names: int, environment: Environment
) -> Iterator[Problem]:
    """Yield the problems of a deployment that adds its rules to an existing listener."""
    listener = environment.listener_of(shaped.value.name)
    if listener is None:
        return
    has_ingress = environment.deployments[shaped.value.name].ingress is not None
    faults = use_faults(listener, in_existing_network=existing is not None, names=names, has_ingress=has_ingress)
    yield from map(shaped.problem, faults)
    action = shaped.value.default_action
    for service in shaped.services_with("name", "path_prefix"):
        if isinstance(action, ForwardTo) and action.service == service.name and service.path_prefix is None:
            message = f"only the default action forwards to it, and listener {listener.arn!r} has one of its owner's"
            yield shaped.problem_of(service.name, Fault(message, "give the service a path prefix"))
    rules = routable(shaped.services_with("name", "path_prefix", "rule_priority"))
    if not assign_priorities(rules).faults:
        yield from (shaped.problem_of(name, fault) for name, fault in scaling_faults(rules, listener.priority))
