"""The smallest synthesized folder that a sandbox accepts: an ECS service without a load balancer, up in 25 s."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ACCOUNT_ID = "123456789012"
DEPLOYMENT = "small"
_NOT_ROLLED_BACK = {
    "condition": "${self.task_definition == aws_ecs_task_definition.small.arn}",
    "error_message": "service small was rolled back",
}


def write_small_stacks(
    folder: Path,
    *,
    container_environment: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    container_port: int = 7073,
    needs_health: bool = False,
    environment: str = "sandbox",
) -> Path:
    """Write the stacks to `folder` as synthesis would; the service runs the app service3 with additional variables.

    `secrets` has `valueFrom` by the variable's name.
    `needs_health` adds a target group, in which the service never becomes healthy, as no load balancer uses it.
    """
    own = {"PORT": str(container_port), "HOST": "0.0.0.0", "PATH_PREFIX": "/service3", "DRAIN_SECONDS": "0"}  # noqa: S104
    variables = {**own, **(container_environment if container_environment is not None else {})}
    _write(folder, "state-backend", environment, {"terraform_data": {"nothing": {"input": "state-backend"}}})
    _write(folder, "image-repositories", environment, {"terraform_data": {"nothing": {"input": "repositories"}}})
    resources = _service(variables, container_port)
    if secrets is not None:
        _add_secrets(resources, secrets)
    if needs_health:
        _add_target_group(resources, container_port)
    _write(folder, DEPLOYMENT, environment, resources)
    return folder


def _write(folder: Path, name: str, environment: str, resources: Mapping[str, Any]) -> None:
    document = {
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.100"}},
            "backend": {"local": {"path": "terraform.tfstate"}},
        },
        "provider": {
            "aws": [
                {
                    "region": "eu-west-1",
                    "allowed_account_ids": [ACCOUNT_ID],
                    "default_tags": [{"tags": {"Project": "colonnade", "Environment": environment}}],
                }
            ]
        },
        "resource": resources,
    }
    path = folder / "stacks" / name / "cdk.tf.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))


def _add_target_group(resources: dict[str, Any], container_port: int) -> None:
    group = {"name": "small", "port": 80, "protocol": "HTTP", "target_type": "ip", "vpc_id": "${aws_vpc.small.id}"}
    resources["aws_lb_target_group"] = {"small": group}
    resources["aws_ecs_service"]["small"]["load_balancer"] = [
        {
            "target_group_arn": "${aws_lb_target_group.small.arn}",
            "container_name": "app",
            "container_port": container_port,
        }
    ]


def _add_secrets(resources: dict[str, Any], secrets: Mapping[str, str]) -> None:
    """Add the secrets to the container, and an execution role that may read every parameter."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
    reading = {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*"}
    resources["aws_iam_role"] = {"small": {"name": "small", "assume_role_policy": _policy(trust)}}
    resources["aws_iam_role_policy"] = {"small": {"role": "${aws_iam_role.small.name}", "policy": _policy(reading)}}
    definition = resources["aws_ecs_task_definition"]["small"]
    definition["execution_role_arn"] = "${aws_iam_role.small.arn}"
    (container,) = json.loads(definition["container_definitions"])
    container["secrets"] = [{"name": name, "valueFrom": value_from} for name, value_from in sorted(secrets.items())]
    definition["container_definitions"] = json.dumps([container])
    resources["aws_ecs_service"]["small"]["depends_on"] = ["aws_iam_role_policy.small"]


def _policy(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _service(variables: Mapping[str, str], container_port: int) -> dict[str, Any]:
    container = {
        "name": "app",
        "image": "registry/colonnade-sandbox-service3:1",
        "essential": True,
        "portMappings": [{"containerPort": container_port, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in sorted(variables.items())],
        "stopTimeout": 2,
    }
    return {
        "aws_vpc": {"small": {"cidr_block": "10.0.0.0/16"}},
        "aws_subnet": {"small": {"vpc_id": "${aws_vpc.small.id}", "cidr_block": "10.0.0.0/24"}},
        "aws_security_group": {"small": {"vpc_id": "${aws_vpc.small.id}", "name": "small"}},
        "aws_ecs_cluster": {"small": {"name": "small"}},
        "aws_ecs_task_definition": {
            "small": {
                "family": "small",
                "cpu": "256",
                "memory": "512",
                "network_mode": "awsvpc",
                "requires_compatibilities": ["FARGATE"],
                "skip_destroy": True,
                "container_definitions": json.dumps([container]),
            }
        },
        "aws_ecs_service": {
            "small": {
                "name": "small",
                "cluster": "${aws_ecs_cluster.small.id}",
                "task_definition": "${aws_ecs_task_definition.small.arn}",
                "desired_count": 1,
                "launch_type": "FARGATE",
                "wait_for_steady_state": True,
                "deployment_circuit_breaker": {"enable": True, "rollback": True},
                "network_configuration": {
                    "subnets": ["${aws_subnet.small.id}"],
                    "security_groups": ["${aws_security_group.small.id}"],
                },
                "lifecycle": {"postcondition": [_NOT_ROLLED_BACK]},
                "timeouts": {"create": "4m", "update": "4m", "delete": "4m"},
            }
        },
    }
