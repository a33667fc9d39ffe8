"""The reader turns ECS services and their task definitions into a snapshot."""

from __future__ import annotations

import pytest

from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.control_plane.reader import Reader
from colonnade_sandbox.control_plane.snapshot import (
    Container,
    ContainerDependency,
    ContainerHealthCheck,
    MountPoint,
    ServiceLoadBalancer,
    Snapshot,
    Tmpfs,
)

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("emulator")]


def _read(aws: AwsClients) -> Snapshot:
    return Reader(aws, lambda _service: 1).read()


def test_a_service_is_read_with_its_container_and_registrations(aws: AwsClients, group: str) -> None:
    ecs = aws.ecs
    ecs.create_cluster(clusterName="c")
    container = {
        "name": "app",
        "image": "registry/orders:1",
        "portMappings": [{"containerPort": 7071}],
        "environment": [{"name": "PORT", "value": "7071"}],
        "secrets": [{"name": "FLAGS", "valueFrom": "/shop/flags"}],
        "stopTimeout": 8,
    }
    role = "arn:aws:iam::123456789012:role/orders"
    task = ecs.register_task_definition(
        family="orders", memory="512", taskRoleArn=role, executionRoleArn=role, containerDefinitions=[container]
    )
    ecs.create_service(
        cluster="c",
        serviceName="orders",
        taskDefinition=task["taskDefinition"]["taskDefinitionArn"],
        desiredCount=2,
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 7071}],
        serviceRegistries=[{"registryArn": "arn:aws:servicediscovery:a"}],
        healthCheckGracePeriodSeconds=10,
        deploymentConfiguration={
            "minimumHealthyPercent": 50,
            "maximumPercent": 150,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
    (read,) = _read(aws).services
    assert (read.name, read.status, read.desired_count) == ("orders", "ACTIVE", 2)
    assert (read.task_definition.task_role_arn, read.task_definition.execution_role_arn) == (role, role)
    assert read.task_definition.containers == (
        Container(
            name="app",
            image="registry/orders:1",
            environment={"PORT": "7071"},
            ports=(7071,),
            stop_timeout_seconds=8,
            secrets={"FLAGS": "/shop/flags"},
        ),
    )
    assert (read.minimum_healthy_percent, read.maximum_percent, read.health_check_grace_seconds) == (50, 150, 10)
    assert (read.circuit_breaker, read.circuit_breaker_rollback) == (True, True)
    assert read.load_balancers == (ServiceLoadBalancer(target_group_arn=group, container_port=7071),)
    assert read.discovery_service_arns == ("arn:aws:servicediscovery:a",)
    ecs.delete_service(cluster="c", service="orders", force=True)
    assert _read(aws).services == ()


def test_each_container_of_a_task_definition_is_read_with_its_order_and_health_check(aws: AwsClients) -> None:
    migration = {
        "name": "migration",
        "image": "orders:1",
        "essential": False,
        "entryPoint": ["alembic"],
        "command": ["upgrade", "head"],
        "workingDirectory": "/srv",
        "startTimeout": 90,
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": True}],
        "readonlyRootFilesystem": True,
        "linuxParameters": {
            "initProcessEnabled": True,
            "tmpfs": [{"containerPath": "/run", "size": 64, "mountOptions": ["ro"]}],
        },
        "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
    }
    app = {
        "name": "app",
        "image": "orders:1",
        "dependsOn": [{"containerName": "migration", "condition": "SUCCESS"}],
        "healthCheck": {"command": ["CMD-SHELL", "check || exit 1"], "retries": 2, "startPeriod": 10},
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-stream-prefix": "orders"}},
    }
    proxy = {"name": "proxy", "image": "proxy:1", "healthCheck": {"command": ["CMD", "check", "-q"], "interval": 7}}
    aws.ecs.create_cluster(clusterName="c")
    aws.ecs.register_task_definition(family="several", memory="512", containerDefinitions=[migration, app, proxy])
    aws.ecs.create_service(cluster="c", serviceName="several", taskDefinition="several", desiredCount=1)
    (read,) = _read(aws).services
    assert read.task_definition.containers == (
        Container(
            name="migration",
            image="orders:1",
            essential=False,
            entry_point=("alembic",),
            command=("upgrade", "head"),
            working_directory="/srv",
            start_timeout_seconds=90,
            mount_points=(MountPoint(volume="data", path="/data", read_only=True),),
            read_only_root=True,
            init_process=True,
            tmpfs=(Tmpfs(path="/run", size_mib=64, read_only=True),),
            ulimits={"nofile": (1, 2)},
        ),
        Container(
            name="app",
            image="orders:1",
            depends_on=(ContainerDependency(container_name="migration", condition="SUCCESS"),),
            health_check=ContainerHealthCheck(
                command=("/bin/sh", "-c", "check || exit 1"), retries=2, start_period_seconds=10
            ),
            log_stream_prefix="orders",
        ),
        Container(
            name="proxy",
            image="proxy:1",
            health_check=ContainerHealthCheck(command=("check", "-q"), interval_seconds=7),
        ),
    )
    aws.ecs.delete_service(cluster="c", service="several", force=True)
