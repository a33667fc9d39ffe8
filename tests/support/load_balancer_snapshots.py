"""Short constructors for snapshots of load balancers."""

from __future__ import annotations

from collections.abc import Callable

from colonnade.security_groups.network import Network, SecurityGroup
from colonnade_sandbox.control_plane.snapshot import (
    Action,
    Condition,
    FixedResponseAction,
    ForwardAction,
    HealthCheck,
    Listener,
    ListenerRule,
    LoadBalancer,
    RedirectAction,
    Snapshot,
    Target,
    TargetGroup,
    WeightedTargetGroup,
)

Serve = Callable[..., int]
"""The type of a fixture that forwards everything to one target and returns the listener's port."""

CHECK = HealthCheck(
    path="/health", interval_seconds=1, timeout_seconds=1, healthy_threshold=2, unhealthy_threshold=2, matcher="200"
)
TO_HTTPS = RedirectAction(
    protocol="HTTPS", host="#{host}", port="443", path="/#{path}", query="#{query}", status_code=301
)
BASE = FixedResponseAction(status_code=200, content_type="application/json", message_body='{ "msg": "base route" }')


def target_group(
    arn: str,
    *targets: Target,
    check: HealthCheck = CHECK,
    deregistration_delay_seconds: int = 5,
    sticky_session_seconds: int | None = None,
) -> TargetGroup:
    return TargetGroup(
        arn=arn,
        name=arn,
        deregistration_delay_seconds=deregistration_delay_seconds,
        sticky_session_seconds=sticky_session_seconds,
        health_check=check,
        targets=targets,
    )


def forward(**weights: int) -> ForwardAction:
    """Return a forward action to the target groups with these ARNs."""
    return ForwardAction(
        target_groups=tuple(WeightedTargetGroup(target_group_arn=arn, weight=weight) for arn, weight in weights.items())
    )


def path_rule(priority: int, *patterns: str, action: Action) -> ListenerRule:
    return ListenerRule(
        arn=f"rule-{priority}",
        priority=priority,
        conditions=(Condition(field="path-pattern", values=patterns),),
        action=action,
    )


def default_rule(action: Action) -> ListenerRule:
    return ListenerRule(arn="rule-default", priority=None, conditions=(), action=action)


def listener(
    *rules: ListenerRule, default: Action = BASE, port: int = 80, certificate_domains: tuple[str, ...] = ()
) -> Listener:
    """Return an HTTPS listener if there are certificate domains, else HTTP; its ARN is 'listener-' and the port."""
    return Listener(
        arn=f"listener-{port}",
        port=port,
        protocol="HTTPS" if certificate_domains else "HTTP",
        certificate_domains=certificate_domains,
        rules=(*rules, default_rule(default)),
    )


def snapshot(
    *listeners: Listener,
    groups: tuple[TargetGroup, ...] = (),
    idle_timeout_seconds: int = 60,
    drop_invalid_header_fields: bool = True,
    security_groups: tuple[SecurityGroup, ...] = (),
) -> Snapshot:
    """Return a snapshot of one load balancer with these listeners, and the target groups.

    The load balancer has the first of `security_groups`. Without any, nothing limits its connections.
    """
    load_balancer = LoadBalancer(
        arn="load-balancer",
        name="load-balancer",
        dns_name="load-balancer.elb.localhost",
        idle_timeout_seconds=idle_timeout_seconds,
        drop_invalid_header_fields=drop_invalid_header_fields,
        listeners=listeners,
        security_groups=tuple(each.id for each in security_groups[:1]),
    )
    return Snapshot(
        load_balancers=(load_balancer,),
        target_groups={group.arn: group for group in groups},
        network=Network(security_groups={each.id: each for each in security_groups}),
    )
