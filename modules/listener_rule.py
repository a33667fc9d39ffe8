"""Which requests a service gets: listener rule from path patterns to target groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.routing.rule_action import RuleAction
from colonnade.modules.load_balancer import LoadBalancer
from colonnade.modules.provider import aws, constructs
from colonnade.modules.target_group import TargetGroup


class ListenerRule(constructs.Construct):
    """Takes every request whose path matches one of the patterns, unless a rule of lower priority has taken it."""

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        load_balancer: LoadBalancer,
        priority: int,
        path_patterns: Sequence[str],
        action: RuleAction,
        target_groups: Mapping[str, TargetGroup],
    ) -> None:
        """`target_groups`, by service, holds at least those that the action forwards to."""
        super().__init__(scope, id_)
        rule = aws.lb_listener_rule
        condition = rule.LbListenerRuleCondition(
            path_pattern=rule.LbListenerRuleConditionPathPattern(values=list(path_patterns))
        )
        self.this: Any = rule.LbListenerRule(
            self,
            "this",
            listener_arn=load_balancer.listener.arn,
            priority=priority,
            condition=[condition],
            action=[_action(action, target_groups)],
        )
        for service in _forwarded_to(action):
            target_groups[service].add_way_in(self.this)


def _forwarded_to(action: RuleAction) -> tuple[str, ...]:
    if isinstance(action, FixedResponse):
        return ()
    return (action.service,) if isinstance(action, ForwardTo) else tuple(action.percents)


def _action(action: RuleAction, target_groups: Mapping[str, TargetGroup]) -> Any:
    rule = aws.lb_listener_rule
    if isinstance(action, ForwardTo):
        return rule.LbListenerRuleAction(type="forward", target_group_arn=target_groups[action.service].arn)
    if isinstance(action, FixedResponse):
        fixed_response = rule.LbListenerRuleActionFixedResponse(
            status_code=str(action.status_code), content_type=action.content_type, message_body=action.message_body
        )
        return rule.LbListenerRuleAction(type="fixed-response", fixed_response=fixed_response)
    groups = [
        rule.LbListenerRuleActionForwardTargetGroup(arn=target_groups[service].arn, weight=percent)
        for service, percent in action.percents.items()
    ]
    return rule.LbListenerRuleAction(type="forward", forward=rule.LbListenerRuleActionForward(target_group=groups))
