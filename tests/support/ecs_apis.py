"""Stand-ins for the AWS APIs and the load balancer around a `TaskScheduler`."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from colonnade_sandbox.control_plane.observations import TargetHealth
from colonnade_sandbox.control_plane.snapshot import (
    DiscoveryService,
    EcsService,
    HealthCheck,
    Snapshot,
    Target,
    TargetGroup,
    TaskDefinition,
)

_CHECK = HealthCheck(
    path="/health", interval_seconds=1, timeout_seconds=1, healthy_threshold=2, unhealthy_threshold=2, matcher="200"
)


@dataclass
class Apis:
    """elbv2, servicediscovery and ecs in one, each call recorded in `calls`; health by a real request.

    There is no secret and no parameter, and no role can be assumed.
    """

    services: list[EcsService] = field(default_factory=list)
    discovery: list[DiscoveryService] = field(default_factory=list)
    deregistration_delay_seconds: float = 0.0
    task_definitions: dict[str, TaskDefinition] = field(default_factory=dict)
    """The task definitions that UpdateService accepts, by ARN."""
    stop_requests: dict[str, str] = field(default_factory=dict)
    targets: dict[str, list[Target]] = field(default_factory=dict)
    log_groups: set[str] = field(default_factory=set)
    instances: dict[str, dict[str, str]] = field(default_factory=dict)
    instance_health: dict[str, str] = field(default_factory=dict)
    """HEALTHY or UNHEALTHY by instance ID."""
    calls: list[str] = field(default_factory=list)
    _draining: list[tuple[str, Target, float]] = field(default_factory=list)

    @property
    def elbv2(self) -> Any:
        return self

    servicediscovery = ecs = logs = elbv2
    secretsmanager: Any = None
    ssm: Any = None
    sts: Any = None
    iam: Any = None
    endpoint: str = "http://127.0.0.1:9"

    def register_targets(self, *, TargetGroupArn: str, Targets: list[dict[str, Any]]) -> None:  # noqa: N803
        self.calls.append("register_targets")
        self.targets.setdefault(TargetGroupArn, []).extend(_target(each) for each in Targets)

    def deregister_targets(self, *, TargetGroupArn: str, Targets: list[dict[str, Any]]) -> None:  # noqa: N803
        self.calls.append("deregister_targets")
        end = time.monotonic() + self.deregistration_delay_seconds
        for target in map(_target, Targets):
            if target in self.targets.get(TargetGroupArn, []):
                self.targets[TargetGroupArn].remove(target)
                self._draining.append((TargetGroupArn, target, end))

    def register_instance(self, *, ServiceId: str, InstanceId: str, Attributes: dict[str, str]) -> None:  # noqa: N803
        self.calls.append("register_instance")
        self.instances.setdefault(ServiceId, {})[InstanceId] = Attributes["AWS_INSTANCE_IPV4"]
        self.instance_health[InstanceId] = Attributes["AWS_INIT_HEALTH_STATUS"]

    def update_instance_custom_health_status(self, *, ServiceId: str, InstanceId: str, Status: str) -> None:  # noqa: N803
        self.calls.append(f"update_instance_custom_health_status of {ServiceId}")
        self.instance_health[InstanceId] = Status

    def deregister_instance(self, *, ServiceId: str, InstanceId: str) -> None:  # noqa: N803
        self.calls.append("deregister_instance")
        self.instances.get(ServiceId, {}).pop(InstanceId, None)

    def create_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:  # noqa: N803
        self.calls.append(f"create_log_stream {logStreamName}")
        if logGroupName not in self.log_groups:
            message = "The specified log group does not exist."
            answer = {"Error": {"Code": "ResourceNotFoundException", "Message": message}}
            raise ClientError(answer, "CreateLogStream")

    def update_service(self, *, cluster: str, service: str, taskDefinition: str) -> None:  # noqa: N803
        self.calls.append("update_service")
        former = next(each for each in self.services if (each.cluster_arn, each.name) == (cluster, service))
        definition = self.task_definitions[taskDefinition]
        self.services = [
            replace(former, task_definition=definition) if each is former else each for each in self.services
        ]

    def snapshot(self) -> Snapshot:
        return Snapshot(
            services=tuple(self.services),
            stop_requests=self.stop_requests,
            target_groups={
                arn: TargetGroup(
                    arn=arn,
                    name=arn,
                    deregistration_delay_seconds=round(self.deregistration_delay_seconds),
                    health_check=_CHECK,
                    targets=tuple(self.targets.get(arn, [])),
                )
                for arn in {each.target_group_arn for service in self.services for each in service.load_balancers}
            },
            discovery_services=tuple(replace(each, addresses=self._healthy(each.id)) for each in self.discovery),
        )

    def _healthy(self, service_id: str) -> tuple[str, ...]:
        found = self.instances.get(service_id, {})
        return tuple(address for instance, address in found.items() if self.instance_health[instance] == "HEALTHY")

    def target_health(self) -> dict[str, tuple[TargetHealth, ...]]:
        now = time.monotonic()
        self._draining = [each for each in self._draining if each[2] > now]
        found: dict[str, list[TargetHealth]] = {}
        for arn, targets in self.targets.items():
            found.setdefault(arn, []).extend(_checked(target) for target in targets)
        for arn, target, _ in self._draining:
            draining = TargetHealth(address=target.address, port=target.port, state="draining")
            found.setdefault(arn, []).append(draining)
        return {arn: tuple(each) for arn, each in found.items()}


def _target(described: dict[str, Any]) -> Target:
    return Target(address=described["Id"], port=described["Port"])


def _checked(target: Target) -> TargetHealth:
    try:
        with urllib.request.urlopen(f"http://{target.address}:{target.port}/health", timeout=1):
            return TargetHealth(address=target.address, port=target.port, state="healthy")
    except urllib.error.HTTPError as error:
        text = f"Health checks failed with these codes: [{error.code}]"
        return TargetHealth(address=target.address, port=target.port, state="unhealthy", description=text)
    except OSError:
        return TargetHealth(address=target.address, port=target.port, state="initial")
