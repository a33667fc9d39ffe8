"""A listener rule: path patterns -> target groups with weights, or a fixed response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from colonnade.model.deployment.declaration import FixedResponse
from colonnade.modules.existing_load_balancer import AnyLoadBalancer
from colonnade.modules.provider import aws, cdktf, constructs
from colonnade.modules.target_group import TargetGroup

Action = TargetGroup | Sequence[tuple[TargetGroup, int]] | FixedResponse
"""One target group, several target groups with weights (0 to 999), or a fixed response."""


class ListenerRule(constructs.Construct):
    """A rule for requests whose path matches a pattern and that no rule with a lower priority number matches.

    Inputs:
        load_balancer: The load balancer to whose listener the rule is added.
        priority: 1 to 50000, unique on the listener; the lowest number is evaluated first.
        path_patterns: Such as ('/orders', '/orders/*'); at most five wildcards in all.
        host_names: The host names that it matches, at most three. Default: all.
        action: A `TargetGroup`, pairs of `TargetGroup` and weight, or a `FixedResponse`.

    Resources: `aws_lb_listener_rule`.

    Outputs: `this`, the rule as a CDKTF resource. The service whose target group it forwards to `depends_on` the rule.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        load_balancer: AnyLoadBalancer,
        priority: int,
        path_patterns: Sequence[str],
        action: Action,
        host_names: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id_)
        rule = aws.lb_listener_rule
        conditions = [
            rule.LbListenerRuleCondition(
                path_pattern=rule.LbListenerRuleConditionPathPattern(values=list(path_patterns))
            )
        ]
        if host_names:
            hosts = rule.LbListenerRuleConditionHostHeader(values=list(host_names))
            conditions.append(rule.LbListenerRuleCondition(host_header=hosts))
        self.this: Final[Any] = rule.LbListenerRule(
            self,
            "this",
            listener_arn=load_balancer.listener_arn,
            priority=priority,
            condition=conditions,
            action=[_action(action)],
            # If a rule moves to another listener, the new rule is created before the old one is destroyed.
            lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
        )
        load_balancer.redirect_after(self.this)


def _action(action: Action) -> Any:
    rule = aws.lb_listener_rule
    if isinstance(action, TargetGroup):
        return rule.LbListenerRuleAction(type="forward", target_group_arn=action.arn)
    if isinstance(action, FixedResponse):
        fixed_response = rule.LbListenerRuleActionFixedResponse(
            status_code=str(action.status_code), content_type=action.content_type, message_body=action.message_body
        )
        return rule.LbListenerRuleAction(type="fixed-response", fixed_response=fixed_response)
    groups = [rule.LbListenerRuleActionForwardTargetGroup(arn=group.arn, weight=weight) for group, weight in action]
    return rule.LbListenerRuleAction(type="forward", forward=rule.LbListenerRuleActionForward(target_group=groups))
