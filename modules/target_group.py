"""Where a listener rule sends requests: a target group whose targets ECS registers, with the service's health check."""

from __future__ import annotations

from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.model.checked_deployment import CheckedDeployment
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import HealthCheck
from colonnade.modules.network import Network
from colonnade.modules.provider import aws, cdktf, constructs
from colonnade.modules.tags import name_tag

_PLACEHOLDER_PORT = 80
"""Never used, since ECS registers each task with its container's port; a change of it would replace the group."""


class TargetGroup(constructs.Construct):
    """The tasks of one service as a load balancer sees them: HTTP to each task's own address."""

    def __init__(
        self, scope: Any, id_: str, *, service: Service, deployment: CheckedDeployment, network: Network
    ) -> None:
        super().__init__(scope, id_)
        # A listener rule must never forward to nothing, so a successor comes first and needs a name of its own.
        this = aws.lb_target_group.LbTargetGroup(
            self,
            "this",
            name_prefix=naming.name_prefix(service.name, max_length=aws_limits.TARGET_GROUP_NAME_PREFIX_LENGTH),
            vpc_id=network.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=_PLACEHOLDER_PORT,
            deregistration_delay=str(deployment.environment.timing.deregistration_delay_seconds),
            health_check=self._health_check(service.health_check_path, deployment.health_check(service)),
            tags=name_tag(service.name),
            lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.arn: str = this.arn
        self._ways_in: list[Any] = []

    @property
    def ways_in(self) -> tuple[Any, ...]:
        """The rules and listeners that forward to the group: without one, ECS refuses a service that uses it."""
        return tuple(self._ways_in)

    def add_way_in(self, forwarding: Any) -> None:
        """Whatever forwards to the group says so here, before the service that needs it is made."""
        self._ways_in.append(forwarding)

    def _health_check(self, path: str, check: HealthCheck) -> Any:
        return aws.lb_target_group.LbTargetGroupHealthCheck(
            path=path,
            protocol="HTTP",
            port="traffic-port",
            matcher="200",
            interval=check.interval_seconds,
            timeout=check.timeout_seconds,
            healthy_threshold=check.healthy_threshold,
            unhealthy_threshold=check.unhealthy_threshold,
        )
