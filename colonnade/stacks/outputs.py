"""The outputs of a deployment's stack: URLs, and the ids and names that others attach to.

An output that is renamed or removed breaks what reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.model.resolved import Resolved
from colonnade.modules.ecs_cluster import AnyCluster
from colonnade.modules.existing_load_balancer import AnyLoadBalancer
from colonnade.modules.existing_network import AnyNetwork
from colonnade.modules.fargate_service import FargateService
from colonnade.modules.provider import cdktf
from colonnade.modules.service_discovery import ServiceDiscovery
from colonnade.modules.target_group import TargetGroup
from colonnade.modules.task_security_group import TaskSecurityGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The constructs of a deployment; those of services by service name."""

    network: AnyNetwork
    cluster: AnyCluster
    load_balancer: AnyLoadBalancer
    namespace: ServiceDiscovery | None
    target_groups: Mapping[str, TargetGroup]
    security_groups: Mapping[str, TaskSecurityGroup]
    services: Mapping[str, FargateService]


def add_outputs(stack: Any, deployment: Resolved, parts: Parts) -> None:
    """Add the outputs to the stack."""
    for name, (value, description) in _outputs(deployment, parts).items():
        cdktf.TerraformOutput(stack, name, value=value, description=description)


def _outputs(deployment: Resolved, parts: Parts) -> dict[str, tuple[Any, str]]:
    balancer, network, domain_name = parts.load_balancer, parts.network, deployment.domain_name
    url = f"https://{domain_name}" if domain_name is not None else f"http://{balancer.dns_name}"
    services = {name: _of_service(name, deployment, parts) for name in parts.services}
    namespace = parts.namespace
    return {
        "url": (url, "Where the deployment answers"),
        "alb_dns_name": (
            balancer.dns_name,
            "AWS's own name of the load balancer; a deployment's domain is an alias of it",
        ),
        "service_urls": (_service_urls(url, deployment, parts), "Each service's URL, by service"),
        "vpc_id": (network.vpc_id, "The VPC"),
        "public_subnet_ids": (network.public_subnet_ids, "The subnets of an internet-facing load balancer"),
        "private_subnet_ids": (network.private_subnet_ids, "The subnets of the tasks"),
        "cluster_name": (_cluster_name(deployment), "The name of the ECS cluster"),
        "cluster_arn": (parts.cluster.arn, "The ECS cluster"),
        "alb_arn": (balancer.arn, "The load balancer"),
        "listener_arn": (balancer.listener_arn, "The listener that has the rules"),
        "alb_security_group_id": (balancer.security_group_id, "The load balancer's security group"),
        **({} if namespace is None else {"namespace_id": (namespace.namespace_id, "The Cloud Map namespace")}),
        "services": (services, "Names and ids of each service's parts, by service"),
    }


def _service_urls(url: str, deployment: Resolved, parts: Parts) -> dict[str, str]:
    return {
        service.name: url if service.path_prefix is None else f"{url}{service.path_prefix}"
        for service in deployment.services
        if service.name in parts.target_groups
    }


def _cluster_name(deployment: Resolved) -> str:
    existing = deployment.existing_cluster
    return existing if existing is not None else deployment.names.cluster


def _of_service(name: str, deployment: Resolved, parts: Parts) -> dict[str, str]:
    service, target_group = parts.services[name], parts.target_groups.get(name)
    found = {
        "ecs_service_name": deployment.service(name).physical_name,
        "security_group_id": parts.security_groups[name].group_id,
        "task_role_arn": service.task_role_arn,
        "execution_role_arn": service.execution_role_arn,
        "log_group_name": deployment.service(name).log_group_name,
    }
    return found if target_group is None else {**found, "target_group_arn": target_group.arn}
