"""Quotas of a new AWS account, counted over the deployments of an environment.

AWS raises each quota on request, so exceeding one is a warning and not a problem. The sandbox and AWS's documentation
accounts have no quotas. Each rule returns a fault, or None. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from colonnade.model import aws_limits
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import Fault
from colonnade.model.network.plan import NetworkPlan

if TYPE_CHECKING:  # the rules of declarations import this module through the warnings
    from colonnade.model.resolved import Resolved, ResolvedService

_REQUEST = "request a higher quota in the Service Quotas console, and accept the warning with the granted number"


def elastic_ip_fault(deployments: Sequence[Resolved], environment: Environment) -> Fault | None:
    """Return the fault of more NAT gateways than an account has Elastic IP addresses for."""
    code, quota = aws_limits.ELASTIC_IPS
    count = sum(_nat_gateways(each) for each in deployments)
    if count <= quota or not _has_quotas(environment):
        return None
    return Fault(
        f"{count} NAT gateways need as many Elastic IP addresses; the default quota {code} is {quota}",
        f"{_REQUEST}, or use nat 'single'" if len(deployments) <= quota else _REQUEST,
    )


def vpc_fault(deployments: Sequence[Resolved], environment: Environment) -> Fault | None:
    """Return the fault of more VPCs than an account may have in a region, the default VPC included.

    AWS raises the quota of internet gateways, L-A4707A72, together with the quota of VPCs.
    """
    code, quota = aws_limits.VPCS_PER_REGION
    own = sum(isinstance(each.network, NetworkPlan) for each in deployments)
    count = own + 1
    if own == 0 or count <= quota or not _has_quotas(environment):
        return None
    return Fault(
        f"{own} deployments and AWS's default VPC are {count} VPCs; the default quota {code} is {quota}",
        f"{_REQUEST}, or delete the default VPC and accept it with that reason" if own <= quota else _REQUEST,
    )


def fargate_fault(deployments: Sequence[Resolved], environment: Environment) -> Fault | None:
    """Return the fault of more vCPUs than an account has while every service replaces its tasks.

    ECS starts the new tasks of a service before it stops the old ones (maximum percent 200).
    """
    if not _has_quotas(environment):
        return None
    vcpus: dict[str, float] = {}
    for service in (service for each in deployments for service in each.services):
        for provider, tasks in _tasks_by_provider(service, environment).items():
            vcpus[provider] = vcpus.get(provider, 0) + tasks * service.cpu_units / 1024
    for provider, count in vcpus.items():
        code, quota = aws_limits.FARGATE_VCPUS[provider]
        if 2 * count > quota:
            return Fault(
                f"tasks need {count:g} {provider} vCPUs, and twice as many while they are replaced; the default quota "
                f"{code} is {quota}",
                f"{_REQUEST}, or run fewer or smaller tasks",
            )
    return None


def _tasks_by_provider(service: ResolvedService, environment: Environment) -> Mapping[str, float]:
    """Return the number of tasks that run on each capacity provider, which may be a fraction."""
    weights = service.capacity or {environment.tasks.capacity_provider: 1}
    base = min(service.capacity_base, service.desired_count)
    rest, total = service.desired_count - base, sum(weights.values())
    return {
        provider: rest * weight / total + (base if provider == "FARGATE" else 0) for provider, weight in weights.items()
    }


def _has_quotas(environment: Environment) -> bool:
    return environment.name != SANDBOX and not environment.documentation_account


def _nat_gateways(deployment: Resolved) -> int:
    network = deployment.network
    if not isinstance(network, NetworkPlan):
        return 0
    return {"none": 0, "single": 1, "per_zone": len(network.public_cidrs)}[network.nat]
