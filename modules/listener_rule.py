"""Which requests a service gets: listener rule from path patterns to a target group. Imported by `fargate_service`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules.load_balancer import LoadBalancer
from modules.provider import aws, constructs
from modules.target_group import TargetGroup


class ListenerRule(constructs.Construct):
    """Forwards every request whose path matches one of the patterns, unless a rule of lower priority has taken it."""

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        load_balancer: LoadBalancer,
        priority: int,
        path_patterns: Sequence[str],
        target_group: TargetGroup,
    ) -> None:
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
            action=[rule.LbListenerRuleAction(type="forward", target_group_arn=target_group.arn)],
        )
        """Until it exists a target group has no load balancer, and ECS refuses a service that uses it."""
