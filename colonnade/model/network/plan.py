"""The network of one deployment in one environment, from the deployment's layout or the environment's settings.

Pure; `resolve` computes it, `colonnade.modules.network` creates the AWS objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from colonnade.model.environment.settings import Environment
from colonnade.model.network.cidr_plan import CidrPlan
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.network.layout import NetworkLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """A VPC, its subnets zone by zone, and its NAT gateways."""

    vpc_cidr: str
    public_cidrs: tuple[str, ...]
    """The public subnets' blocks, one per zone."""
    private_cidrs: tuple[str, ...]
    """The private subnets' blocks, one per zone."""
    nat: Literal["single", "per_zone", "none"]
    zone_names: tuple[str, ...] | None
    """The availability zones, such as 'eu-west-1a', one per subnet. None: Terraform looks up the region's first
    zones."""


def network_plan(name: str, layout: NetworkLayout | None, environment: Environment) -> NetworkPlan | ExistingNetwork:
    """Return the network of the named deployment: the declared layout or, if it is None, a network from the
    environment's settings."""
    existing = environment.network_of(name)
    if layout is None and existing is not None:
        return existing
    if layout is None:
        settings = environment.network
        blocks = CidrPlan(vpc_cidr=settings.vpc_cidrs[name], zone_count=settings.availability_zone_count)
        return NetworkPlan(
            vpc_cidr=blocks.vpc_cidr,
            public_cidrs=blocks.public,
            private_cidrs=blocks.private,
            nat=settings.nat,
            zone_names=None,
        )
    return NetworkPlan(
        vpc_cidr=layout.vpc_cidr,
        public_cidrs=layout.public_cidrs,
        private_cidrs=layout.private_cidrs,
        nat=layout.nat,
        zone_names=tuple(f"{environment.region}{letter}" for letter in layout.zones),
    )
