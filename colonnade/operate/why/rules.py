"""The listener rules that forward to a target group, and those that come before them and match as much.

Rules are in the form of DescribeRules, in lists of one listener each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.model.routing.path_pattern import matches

Rule = Mapping[str, Any]

_PATTERNS = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}
"""The conditions with wildcards, each with the key of its values."""


def listener_rules(elbv2: Any, load_balancer: str) -> Iterator[list[Rule]]:
    """Yield the rules of each listener of a load balancer, in the order in which it evaluates them."""
    for listener in elbv2.describe_listeners(LoadBalancerArn=load_balancer)["Listeners"]:
        pages = elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener["ListenerArn"])
        yield sorted((rule for page in pages for rule in page["Rules"]), key=_place)


def weights(rule: Rule, target_group: str) -> Iterator[int]:
    """Yield the target group's weight in each action of the rule that forwards to it."""
    for action in rule["Actions"]:
        for each in _forwarded(action):
            if each["TargetGroupArn"] == target_group:
                yield each.get("Weight", 1)


def hidden_by(listeners: Sequence[Sequence[Rule]], target_group: str) -> str:
    """Return the number of a rule that takes all requests before the target group's own rule.

    It is empty if one of the group's rules has no such rule before it, or if the group has no rule.
    """
    hiding = ""
    for rules in listeners:
        for place, rule in enumerate(rules):
            if any(weights(rule, target_group)):
                earlier = (each for each in rules[:place] if not any(weights(each, target_group)))
                first = next((each for each in earlier if _covers(each, rule)), None)
                if first is None:
                    return ""
                hiding = first["Priority"]
    return hiding


def _place(rule: Rule) -> tuple[bool, int]:
    """Return the place of a rule; the default action comes last."""
    number = str(rule["Priority"])
    return (False, int(number)) if number.isdigit() else (True, 0)


def _covers(first: Rule, second: Rule) -> bool:
    """Return True if the first rule matches every request that the second one matches."""
    return all(any(_implies(each, wanted) for each in second["Conditions"]) for wanted in first["Conditions"])


def _implies(condition: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return True if `wanted` is met whenever `condition` is. A pattern matches another one as if it were a path."""
    key = _PATTERNS.get(condition["Field"])
    if key is None or condition["Field"] != wanted["Field"]:
        return condition == wanted
    patterns = _values(wanted, key)
    return all(any(matches(pattern, value) for pattern in patterns) for value in _values(condition, key))


def _values(condition: Mapping[str, Any], key: str) -> list[str]:
    values = condition.get(key, {}).get("Values") or condition.get("Values", [])
    return [each.lower() for each in values] if condition["Field"] == "host-header" else list(values)


def _forwarded(action: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if "ForwardConfig" in action:
        groups: Sequence[Mapping[str, Any]] = action["ForwardConfig"].get("TargetGroups", [])
        return groups
    return [action] if "TargetGroupArn" in action else []
