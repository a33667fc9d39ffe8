"""A target group for the tasks of one service, which ECS registers and the load balancer health-checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from colonnade.model.service.health_check import HealthCheck
from colonnade.modules.existing_network import AnyNetwork
from colonnade.modules.provider import aws, cdktf, constructs, name_tag, service_tag

_PLACEHOLDER_PORT = 80
"""AWS requires a port, but it is unused: ECS registers each task with its container port.

Changing it would replace the group.
"""

DEFAULT_HEALTH_CHECK: Final = HealthCheck(
    interval_seconds=10, timeout_seconds=5, healthy_threshold=2, unhealthy_threshold=3
)


class TargetGroup(constructs.Construct):
    """The tasks of one service as targets of a load balancer: HTTP to the address and port of each task.

    Create it first, then the load balancer or the listener rules that forward to it, then the service.

    Inputs:
        name: The name, at most 32 characters. An existing group keeps the name that it has. A replacement is created
            before the group is destroyed, so give another name with another network.
        title: Its tags `Name` and `Service`. Default: `name`.
        network: The network of the tasks.
        health_check_path: The path of health checks. Default: '/health'.
        health_check_matcher: The status codes of a healthy target, such as '200-299'. Default: '200'.
        health_check_port: The port of health checks. Default: the port of the target.
        health_check_protocol: 'HTTP' or 'HTTPS'. Default: 'HTTP'.
        health_check: Interval, timeout (seconds) and thresholds. Default: every 10 s, 5 s, 2 to pass, 3 to fail.
        deregistration_delay_seconds: The time for a deregistered target to finish its requests, 0 to 3600. Default: 30.
        sticky_session_seconds: The time for which a client's requests go to the same target, by the cookie AWSALB.
            Default: none, each request goes to any healthy target.

    Resources: `aws_lb_target_group`.

    Outputs: `arn`. `check_after(rules)` orders the health checks after security group rules.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        network: AnyNetwork,
        title: str | None = None,
        health_check_path: str = "/health",
        health_check_matcher: str = "200",
        health_check_port: int | None = None,
        health_check_protocol: Literal["HTTP", "HTTPS"] = "HTTP",
        health_check: HealthCheck = DEFAULT_HEALTH_CHECK,
        deregistration_delay_seconds: int = 30,
        sticky_session_seconds: int | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._this = aws.lb_target_group.LbTargetGroup(
            self,
            "this",
            name=name,
            vpc_id=network.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=_PLACEHOLDER_PORT,
            deregistration_delay=str(deregistration_delay_seconds),
            health_check=_health_check(
                health_check,
                path=health_check_path,
                matcher=health_check_matcher,
                port=str(health_check_port) if health_check_port is not None else "traffic-port",
                protocol=health_check_protocol,
            ),
            stickiness=_stickiness(sticky_session_seconds),
            tags=_tags(name, title),
            # A listener rule always needs a target group, so a replacement is created first. A change of the name alone
            # is ignored, because in earlier versions Terraform completed the name.
            lifecycle=cdktf.TerraformResourceLifecycle(
                create_before_destroy=True, ignore_changes=["name", "name_prefix"]
            ),
        )
        self.arn: Final[str] = self._this.arn

    def check_after(self, rules: Sequence[Any]) -> None:
        """Order the health checks after these security group rules, CDKTF resources, so that a rule always allows them.

        Terraform creates the rules before it moves the health checks to the port, and destroys them after the health
        checks have left it. In another order, healthy targets would fail health checks.
        """
        if rules:
            self._this.depends_on = [f"{each.terraform_resource_type}.{each.friendly_unique_id}" for each in rules]


def _tags(name: str, title: str | None) -> dict[str, str]:
    return {**name_tag(name), **service_tag(name)} if title is None else {**name_tag(title), **service_tag(title)}


def _health_check(check: HealthCheck, **settings: str) -> Any:
    return aws.lb_target_group.LbTargetGroupHealthCheck(
        **settings,
        interval=check.interval_seconds,
        timeout=check.timeout_seconds,
        healthy_threshold=check.healthy_threshold,
        unhealthy_threshold=check.unhealthy_threshold,
    )


def _stickiness(seconds: int | None) -> Any:
    # The block is always present. Without it, the provider would not change the group, and stickiness would remain on
    # after its removal.
    return aws.lb_target_group.LbTargetGroupStickiness(
        type="lb_cookie", enabled=seconds is not None, cookie_duration=seconds
    )
