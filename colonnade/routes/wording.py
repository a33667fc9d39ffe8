"""Descriptions of listener rules and their actions, shared by all commands. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.resolved import Resolved
from colonnade.model.routing.listener_rules import ListenerRule, Redirect
from colonnade.model.routing.rule_action import ForwardByWeight, OwnersAction

_BODY_LENGTH = 60


def priority_text(rule: ListenerRule) -> str:
    """Return the priority, or 'default' for the default rule."""
    return "default" if rule.priority is None else str(rule.priority)


def percents(action: ForwardTo | ForwardByWeight) -> Mapping[str, int]:
    """Return the percentage of requests that the action forwards to each service."""
    return {action.service: 100} if isinstance(action, ForwardTo) else action.percents


def answer_text(action: FixedResponse | Redirect | OwnersAction) -> str:
    """Return the description of a redirect, of a fixed response, or of the default action of an existing listener."""
    if isinstance(action, OwnersAction):
        return "the default action of the listener's owner, which is not read"
    if isinstance(action, Redirect):
        return (
            f"redirect {action.status_code} to {action.protocol.lower()} on port {action.port}: "
            "same host, path and query"
        )
    body = " ".join(action.message_body.split())
    shown = body if len(body) <= _BODY_LENGTH else f"{body[:_BODY_LENGTH]}..."
    return f"fixed response {action.status_code} {action.content_type}: {shown}"


def target_text(deployment: Resolved, service: str) -> str:
    """Return the targets of a service's target group: '2 tasks, port 7071'."""
    found = deployment.service(service)
    count = found.desired_count
    return f"{count} {'task' if count == 1 else 'tasks'}, port {found.container_port}"


def rules_of_others(deployment: Resolved) -> tuple[str, ...]:
    """Return a line about the rules of other owners, if the deployment adds its rules to their listener."""
    if deployment.listener is None:
        return ()
    return ("The listener belongs to others: their rules are not read, and may match a request before these rules.",)


def heading(deployment: Resolved) -> str:
    """Return the deployment's name, environment and address, and the phases of its migration."""
    name = deployment.domain_name
    place = f"https://{name}" if name is not None else "http, at the DNS name of the load balancer"
    return f"{deployment.name} in environment {deployment.environment}: {place}{_phases(deployment)}"


def _phases(deployment: Resolved) -> str:
    if deployment.migration is None:
        return ""
    phases = deployment.migration.phases
    if len(set(phases.values())) == 1:
        return f"; migration: {next(iter(phases.values()))}"
    return f"; migration: {', '.join(f'{service}={phase}' for service, phase in phases.items())}"
