"""The weights of a migration: target groups -> listener rules -> percent of the requests by service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.operate.services import Clients


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedRule:
    """A listener rule that forwards to several services of a deployment."""

    paths: tuple[str, ...]
    """Its path patterns; empty for a rule without a path condition."""
    percent: Mapping[str, float]
    """The percent of its requests that each service gets, by the service's name."""


def weighted_rules(services: Mapping[str, str], aws: Clients) -> tuple[WeightedRule, ...]:
    """Return the rules that forward to several of the services, in the order of evaluation.

    `services` are the names of the services by the ARN of their target group. Raises exceptions of botocore.
    """
    return tuple(found for rule in _rules(services, aws) if (found := _weighted(rule, services)) is not None)


def _rules(services: Mapping[str, str], aws: Clients) -> Iterator[Mapping[str, Any]]:
    if not services:
        return
    groups = aws.elbv2.describe_target_groups(TargetGroupArns=list(services))["TargetGroups"]
    for balancer in sorted({arn for group in groups for arn in group["LoadBalancerArns"]}):
        for listener in aws.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
            yield from aws.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]


def _weighted(rule: Mapping[str, Any], services: Mapping[str, str]) -> WeightedRule | None:
    groups = [
        group
        for action in rule["Actions"]
        for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
        if group["TargetGroupArn"] in services
    ]
    total = sum(group.get("Weight", 1) for group in groups)
    if len(groups) < 2 or total == 0:
        return None
    paths = (value for each in rule["Conditions"] for value in each.get("PathPatternConfig", {}).get("Values", []))
    shares = {services[each["TargetGroupArn"]]: 100 * each.get("Weight", 1) / total for each in groups}
    return WeightedRule(paths=tuple(paths), percent=shares)
