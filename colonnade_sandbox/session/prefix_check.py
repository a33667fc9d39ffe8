"""One request to each service at its path prefix: listener rules -> request -> services that answer 404 there.

The load balancer removes nothing from a path. An app that ignores PATH_PREFIX passes its health checks and then answers
404 to every request.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator, Mapping
from pathlib import Path

from colonnade_sandbox.control_plane.snapshot import EcsService, ForwardAction, Listener, ListenerRule, Snapshot
from colonnade_sandbox.session.endpoints import Endpoint, Endpoints
from colonnade_sandbox.session.listener_client import send


def prefix_questions(snapshot: Snapshot, endpoints: Endpoints, certificate_authority: Path) -> list[str]:
    """Return a line for each service that itself answers 404 at its path prefix."""
    found = []
    for name, (endpoint, host, path) in _places(snapshot, endpoints).items():
        # A service that does not answer at all is reported by its health checks.
        with contextlib.suppress(OSError, http.client.HTTPException, UnicodeDecodeError):
            answer = send(endpoint, host=host, path=path, certificate_authority=certificate_authority)
            if answer.status == 404:
                found.append(f"{name} answers 404 at its path prefix {path}; does it serve under PATH_PREFIX?")
    return found


def _places(snapshot: Snapshot, endpoints: Endpoints) -> Mapping[str, tuple[Endpoint, str, str]]:
    """Return the shortest path at which each service receives requests, by its name; HTTPS comes first."""
    places: dict[str, tuple[Endpoint, str, str]] = {}
    services = {each.target_group_arn: service for service in snapshot.services for each in service.load_balancers}
    listeners = [listener for balancer in snapshot.load_balancers for listener in balancer.listeners]
    for listener in sorted(listeners, key=lambda each: each.protocol, reverse=True):
        endpoint = next((each for each in endpoints.listeners if each.aws_port == listener.port), None)
        if endpoint is None:
            continue
        for service, host, path in _served(listener, services, endpoints.host):
            known = places.get(service.name)
            if known is None or (known[0] == endpoint and len(path) < len(known[2])):
                places[service.name] = (endpoint, host, path)
    return places


def _served(listener: Listener, services: Mapping[str, EcsService], host: str) -> Iterator[tuple[EcsService, str, str]]:
    """Yield each service of a listener with a host and a path whose requests go only to it."""
    for rule in listener.rules:
        groups = (
            [each for each in rule.action.target_groups if each.weight]
            if isinstance(rule.action, ForwardAction)
            else []
        )
        place = _place(rule, host)
        if len(groups) == 1 and groups[0].target_group_arn in services and place is not None:
            yield services[groups[0].target_group_arn], *place


def _place(rule: ListenerRule, host: str) -> tuple[str, str] | None:
    """Return a host and a path that a rule matches; None if its patterns have only wildcards."""
    path = "/"
    for condition in rule.conditions:
        literal = [each for each in condition.values if not set(each) & set("*?")]
        if not literal:
            return None
        if condition.field == "path-pattern":
            path = min(literal, key=len)
        else:
            host = literal[0]
    return host, path
