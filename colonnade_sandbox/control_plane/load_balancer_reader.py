"""Elastic Load Balancing and ACM: load balancers with listeners and rules, target groups with targets; for `reader`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade_sandbox.control_plane.clients import AwsClients
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
    Target,
    TargetGroup,
    WeightedTargetGroup,
)

_CONDITION_CONFIG = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}


def read_load_balancers(aws: AwsClients) -> tuple[LoadBalancer, ...]:
    """Return every application load balancer.

    Raises ValueError for an action or a condition that the data plane does not support.
    """
    return tuple(
        _load_balancer(aws, each)
        for page in aws.elbv2.get_paginator("describe_load_balancers").paginate()
        for each in page["LoadBalancers"]
        if each["Type"] == "application"
    )


def read_target_groups(aws: AwsClients) -> Mapping[str, TargetGroup]:
    """Return every target group, by ARN."""
    groups = (
        _target_group(aws, each)
        for page in aws.elbv2.get_paginator("describe_target_groups").paginate()
        for each in page["TargetGroups"]
    )
    return {group.arn: group for group in groups}


def _load_balancer(aws: AwsClients, balancer: Mapping[str, Any]) -> LoadBalancer:
    arn = balancer["LoadBalancerArn"]
    attributes = _attributes(aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn))
    return LoadBalancer(
        arn=arn,
        name=balancer["LoadBalancerName"],
        dns_name=balancer["DNSName"],
        idle_timeout_seconds=int(attributes.get("idle_timeout.timeout_seconds", "60")),
        drop_invalid_header_fields=attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true",
        listeners=tuple(
            _listener(aws, each)
            for page in aws.elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=arn)
            for each in page["Listeners"]
        ),
        subnets=tuple(each["SubnetId"] for each in balancer["AvailabilityZones"]),
        security_groups=tuple(balancer.get("SecurityGroups", [])),
    )


def _attributes(answer: Mapping[str, Any]) -> dict[str, str]:
    return {entry["Key"]: entry["Value"] for entry in answer["Attributes"]}


def _listener(aws: AwsClients, listener: Mapping[str, Any]) -> Listener:
    rules = [
        _rule(each)
        for page in aws.elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener["ListenerArn"])
        for each in page["Rules"]
    ]
    return Listener(
        arn=listener["ListenerArn"],
        port=listener["Port"],
        protocol=listener["Protocol"],
        certificate_domains=tuple(
            domain for each in listener.get("Certificates", []) for domain in _domains(aws, each["CertificateArn"])
        ),
        rules=tuple(sorted(rules, key=lambda rule: (rule.priority is None, rule.priority))),
    )


def _domains(aws: AwsClients, certificate_arn: str) -> list[str]:
    certificate = aws.acm.describe_certificate(CertificateArn=certificate_arn)["Certificate"]
    names = [certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])]
    return list(dict.fromkeys(names))


def _rule(rule: Mapping[str, Any]) -> ListenerRule:
    return ListenerRule(
        arn=rule["RuleArn"],
        priority=None if rule["IsDefault"] else int(rule["Priority"]),
        conditions=tuple(_condition(each) for each in rule["Conditions"]),
        action=_action(rule["Actions"]),
    )


def _condition(condition: Mapping[str, Any]) -> Condition:
    field = condition["Field"]
    if field not in _CONDITION_CONFIG:
        supported = ", ".join(_CONDITION_CONFIG)
        raise ValueError(f"a listener rule has a condition on {field!r}; the sandbox supports {supported}")
    values = condition.get(_CONDITION_CONFIG[field], {}).get("Values")
    return Condition(field=field, values=tuple(values if values is not None else condition["Values"]))


def _action(actions: list[Mapping[str, Any]]) -> Action:
    """Return the last action, which determines the response.

    Earlier actions could only authenticate, and this project has none.
    """
    action = actions[-1]
    if action["Type"] == "forward":
        return _forward(action)
    if action["Type"] == "redirect":
        redirect = action["RedirectConfig"]
        return RedirectAction(
            protocol=redirect.get("Protocol", "#{protocol}"),
            host=redirect.get("Host", "#{host}"),
            port=str(redirect.get("Port", "#{port}")),
            path=redirect.get("Path", "/#{path}"),
            query=redirect.get("Query", "#{query}"),
            status_code=int(redirect["StatusCode"].removeprefix("HTTP_")),
        )
    if action["Type"] == "fixed-response":
        fixed = action["FixedResponseConfig"]
        return FixedResponseAction(
            status_code=int(fixed["StatusCode"]),
            content_type=fixed.get("ContentType", "text/plain"),
            message_body=fixed.get("MessageBody", ""),
        )
    raise ValueError(
        f"a listener has an action of type {action['Type']!r}; the sandbox supports forward, redirect, fixed-response"
    )


def _forward(action: Mapping[str, Any]) -> ForwardAction:
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if not groups:
        groups = [{"TargetGroupArn": action["TargetGroupArn"]}]
    return ForwardAction(
        target_groups=tuple(
            WeightedTargetGroup(target_group_arn=each["TargetGroupArn"], weight=int(each.get("Weight", 1)))
            for each in groups
        )
    )


def _sticky_session_seconds(attributes: Mapping[str, str]) -> int | None:
    if attributes.get("stickiness.enabled") != "true":
        return None
    kind = attributes.get("stickiness.type", "lb_cookie")
    if kind != "lb_cookie":
        raise ValueError(f"a target group has sticky sessions of type {kind!r}; the sandbox supports lb_cookie")
    return int(attributes.get("stickiness.lb_cookie.duration_seconds", "86400"))


def _target_group(aws: AwsClients, group: Mapping[str, Any]) -> TargetGroup:
    arn = group["TargetGroupArn"]
    attributes = _attributes(aws.elbv2.describe_target_group_attributes(TargetGroupArn=arn))
    port = group["HealthCheckPort"]
    health = aws.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return TargetGroup(
        arn=arn,
        name=group["TargetGroupName"],
        deregistration_delay_seconds=int(attributes.get("deregistration_delay.timeout_seconds", "300")),
        sticky_session_seconds=_sticky_session_seconds(attributes),
        health_check=HealthCheck(
            path=group["HealthCheckPath"],
            interval_seconds=group["HealthCheckIntervalSeconds"],
            timeout_seconds=group["HealthCheckTimeoutSeconds"],
            healthy_threshold=group["HealthyThresholdCount"],
            unhealthy_threshold=group["UnhealthyThresholdCount"],
            matcher=group["Matcher"]["HttpCode"],
            port=None if port == "traffic-port" else int(port),
            protocol=group["HealthCheckProtocol"],
        ),
        targets=tuple(
            Target(address=each["Target"]["Id"], port=each["Target"]["Port"])
            for each in health
            if each["TargetHealth"]["State"] != "draining"
        ),
    )
