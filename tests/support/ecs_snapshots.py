"""Short constructors for snapshots of ECS services."""

from __future__ import annotations

from typing import Any, Literal

from colonnade_sandbox.control_plane.observations import ContainerObservation, TaskObservation
from colonnade_sandbox.control_plane.snapshot import (
    Container,
    DiscoveryService,
    EcsService,
    ServiceLoadBalancer,
    TaskDefinition,
)

CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/Services"
TARGET_GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/1"


def task_definition(
    revision: int = 1, *, image: str = "orders:1", port: int = 7999, stop_timeout_seconds: int = 8, **environment: str
) -> TaskDefinition:
    return TaskDefinition(
        arn=f"arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:{revision}",
        containers=(
            Container(
                name="orders",
                image=image,
                environment={"HOST": "0.0.0.0", "PORT": str(port), **environment},  # noqa: S104
                ports=(port,),
                stop_timeout_seconds=stop_timeout_seconds,
            ),
        ),
    )


def ecs_service(
    definition: TaskDefinition | None = None,
    *,
    desired_count: int = 2,
    minimum_healthy_percent: int = 100,
    maximum_percent: int = 200,
    circuit_breaker: bool = True,
    rollback: bool = True,
    grace_seconds: int = 10,
    target_groups: tuple[str, ...] = (TARGET_GROUP,),
    discovery_services: tuple[str, ...] = (),
) -> EcsService:
    definition = definition if definition is not None else task_definition()
    (port,) = definition.main_container.ports
    return EcsService(
        arn="arn:aws:ecs:eu-west-1:123456789012:service/Services/orders",
        name="orders",
        cluster_arn=CLUSTER,
        status="ACTIVE",
        task_definition=definition,
        desired_count=desired_count,
        minimum_healthy_percent=minimum_healthy_percent,
        maximum_percent=maximum_percent,
        circuit_breaker=circuit_breaker,
        circuit_breaker_rollback=rollback,
        health_check_grace_seconds=grace_seconds,
        load_balancers=tuple(ServiceLoadBalancer(target_group_arn=arn, container_port=port) for arn in target_groups),
        discovery_service_arns=discovery_services,
    )


def discovery_service(*addresses: str, name: str = "orders", ttl_seconds: int = 1) -> DiscoveryService:
    return DiscoveryService(
        id=f"srv-{name}",
        arn=f"arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-{name}",
        name=name,
        namespace="services",
        ttl_seconds=ttl_seconds,
        addresses=addresses,
    )


def task_observation(
    task_id: str,
    status: Literal["PENDING", "RUNNING", "DEACTIVATING", "STOPPING", "STOPPED"],
    *containers: ContainerObservation,
    **more: Any,
) -> TaskObservation:
    """Return a task with these containers; by default it has a running one."""
    return TaskObservation(
        id=task_id,
        deployment_id="ecs-svc/1",
        task_definition_arn=task_definition().arn,
        address="127.0.1.1",
        status=status,
        containers=containers if containers else (ContainerObservation(name="orders", status="RUNNING"),),
        **more,
    )
