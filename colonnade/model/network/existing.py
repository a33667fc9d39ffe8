"""An existing network: a VPC and subnets that another team manages, for deployments that create no network.

The environment's `[network.existing]` applies to each deployment without a block of its own, and
`[deployments.NAME.network]` to one deployment. Terraform looks up the ids at each plan. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.model import aws_limits
from colonnade.model.errors import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingNetwork:
    """The `[network.existing]` table, or `[deployments.NAME.network]` for one deployment."""

    vpc_id: str
    """The VPC, with DNS support and DNS host names. Its owner configures its flow logs and its default security group.

    Rule: `vpc-` and 8 or 17 hexadecimal digits.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
    Example: "vpc-0a1b2c3d4e5f67890"
    """
    public_subnet_ids: tuple[str, ...] = ()
    """The subnets of the load balancer, each in a zone of its own, with a default route to an internet gateway.

    Rule: two or more, each once; none are needed if the load balancer is internal.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
    Example: ["subnet-0a1b2c3d4e5f67890", "subnet-1b2c3d4e5f67890a1"]
    """
    private_subnet_ids: tuple[str, ...]
    """The subnets of the tasks and of an internal load balancer. Tasks reach ECR, CloudWatch Logs and S3 through their
    NAT gateways or VPC endpoints.

    Rule: two or more in at least two zones, each once.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
    Example: ["subnet-2c3d4e5f67890a1b2", "subnet-3d4e5f67890a1b2c3"]
    """


def existing_network_faults(path: str, values: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of the table at `path`. `values` contains its values of the right type by key."""
    vpc_id = values.get("vpc_id")
    if vpc_id is not None and not re.fullmatch(aws_limits.VPC_ID, vpc_id):
        yield Fault(f"{path}.vpc_id {vpc_id!r} is not the ID of a VPC", "write it as 'vpc-' and 17 digits")
    for key in ("public_subnet_ids", "private_subnet_ids"):
        yield from _subnet_faults(f"{path}.{key}", values.get(key, ()))
    private = values.get("private_subnet_ids")
    if private is not None and len(set(private)) < aws_limits.AVAILABILITY_ZONES[0]:
        yield Fault(f"{path}.private_subnet_ids has {_counted(private)}", "name subnets in two or more zones")
    if len(set(values.get("public_subnet_ids", ()))) == 1:
        yield Fault(
            f"{path}.public_subnet_ids has one subnet; a load balancer needs two or more",
            "name subnets in two or more zones, or none for an internal load balancer",
        )
    both = set(values.get("public_subnet_ids", ())) & set(values.get("private_subnet_ids", ()))
    for subnet in sorted(both):
        yield Fault(f"{path}: subnet {subnet!r} is both public and private", "name it once")


def public_subnet_fault(network: ExistingNetwork) -> Fault | None:
    """Return the fault of a network without public subnets, for a load balancer that is not internal."""
    if network.public_subnet_ids:
        return None
    return Fault(
        f"its network {network.vpc_id!r} has no public_subnet_ids for the load balancer",
        "name two or more, or set `internal = true` in [ingress]",
    )


def _subnet_faults(key: str, subnets: tuple[str, ...]) -> Iterator[Fault]:
    for subnet, count in Counter(subnets).items():
        if not re.fullmatch(aws_limits.SUBNET_ID, subnet):
            yield Fault(f"{key}: {subnet!r} is not the ID of a subnet", "write it as 'subnet-' and 17 digits")
        elif count > 1:
            yield Fault(f"{key} names {subnet!r} {count} times", "name each subnet once")


def _counted(subnets: tuple[str, ...]) -> str:
    return "one subnet" if subnets else "no subnet"
