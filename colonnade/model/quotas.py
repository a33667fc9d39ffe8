"""Quotas of a new AWS account, counted over the deployments of an environment.

AWS raises each of them on request, so a larger number is a warning and no problem. The sandbox and AWS's documentation
accounts have no quotas. Each rule returns a fault, or None. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from colonnade.model import aws_limits
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import Fault
from colonnade.model.network.plan import NetworkPlan

if TYPE_CHECKING:  # the rules of declarations import this module through the warnings
    from colonnade.model.resolved import Resolved

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

    The quota of internet gateways, L-A4707A72, is raised with that of VPCs.
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
    provider = environment.tasks.capacity_provider
    code, quota = aws_limits.FARGATE_VCPUS[provider]
    units = sum(service.desired_count * service.cpu_units for each in deployments for service in each.services)
    vcpus = 2 * units / 1024
    if vcpus <= quota or not _has_quotas(environment):
        return None
    return Fault(
        f"tasks need {vcpus / 2:g} {provider} vCPUs, and twice as many while they are replaced; the default quota "
        f"{code} is {quota}",
        f"{_REQUEST}, or run fewer or smaller tasks",
    )


def _has_quotas(environment: Environment) -> bool:
    return environment.name != SANDBOX and not environment.documentation_account


def _nat_gateways(deployment: Resolved) -> int:
    network = deployment.network
    if not isinstance(network, NetworkPlan):
        return 0
    return {"none": 0, "single": 1, "per_zone": len(network.public_cidrs)}[network.nat]
