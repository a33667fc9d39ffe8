"""The listeners of a deployment's load balancer, computed from its declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from colonnade.model.resolved import Resolved
from colonnade.model.routing.listener_rules import ListenerRule, Redirect, in_order

HTTP_PORT, HTTPS_PORT = 80, 443


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A listener and its rules."""

    protocol: Literal["HTTP", "HTTPS"]
    port: int
    rules: tuple[ListenerRule, ...]
    """In order of evaluation; the default rule is last."""


def listeners(deployment: Resolved) -> tuple[Listener, ...]:
    """Return the listeners by port.

    With a domain, port 80 redirects to port 443, which has the rules. Without a domain, port 80 has the rules. A
    deployment on an existing listener has only that listener, with the deployment's own rules.
    """
    others = deployment.listener is not None
    hosts = (str(deployment.domain_name), *deployment.other_domain_names) if others else ()
    rules = [
        ListenerRule(
            priority=service.priority,
            path_patterns=service.path_patterns,
            host_patterns=hosts,
            action=service.rule_action,
        )
        for service in deployment.services
        if service.rule_action is not None
    ]
    ordered = in_order([*rules, ListenerRule(priority=None, action=deployment.default_action)])
    if deployment.domain_name is None:
        return (Listener(protocol="HTTP", port=HTTP_PORT, rules=ordered),)
    if others:
        return (Listener(protocol="HTTPS", port=HTTPS_PORT, rules=ordered),)
    redirect = Redirect(protocol="HTTPS", port=HTTPS_PORT, status_code=301)
    return (
        Listener(protocol="HTTP", port=HTTP_PORT, rules=(ListenerRule(priority=None, action=redirect),)),
        Listener(protocol="HTTPS", port=HTTPS_PORT, rules=ordered),
    )
