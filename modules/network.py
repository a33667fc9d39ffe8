"""A network: VPC -> subnets in each zone -> internet gateway and NAT gateways -> route tables.

Public subnets hold the load balancer and the NAT gateways, private subnets the tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from colonnade.model.network.cidr_plan import CidrPlan
from colonnade.modules.provider import aws, constructs, name_tag

_EVERYWHERE = "0.0.0.0/0"


class Network(constructs.Construct):
    """A VPC with one public and one private subnet in each zone.

    Inputs:
        name: The `Name` tag of the VPC, and the beginning of the `Name` tags of its parts.
        vpc_cidr: The VPC's block, /16 to /28. Default: '10.0.0.0/16'.
        public_cidrs, private_cidrs: The subnets' blocks, one per zone. Default, if either is missing: blocks of
            `vpc_cidr` for two zones.
        zone_names: One per block, such as 'eu-west-1a'. Default: the region's first zones, looked up in each plan.
        nat: 'single' is one NAT gateway for all zones. 'per_zone' is one in each zone, so that the failure of a zone
            does not affect the others. With 'none', private subnets have no default route: add VPC endpoints for
            `ecr.api`, `ecr.dkr`, `logs` and `s3`, which image pulls and logs then need; a plan does not report
            missing ones. Default: 'single'.
        locked_default_security_group: True if the rules of the VPC's default security group are removed. No construct
            uses that group. Default: False.

    Resources: `aws_vpc`, `aws_subnet`, `aws_internet_gateway`, `aws_nat_gateway`, `aws_eip`, `aws_route_table`,
    `aws_route_table_association`, `aws_route`; `aws_default_security_group` if it is locked.

    Outputs: `vpc_id`, `public_subnet_ids`, `private_subnet_ids`; as CDKTF resources `public_internet_access` and
    `internet_access`, which must exist before a public or a private subnet can reach the internet.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        vpc_cidr: str = "10.0.0.0/16",
        public_cidrs: Sequence[str] | None = None,
        private_cidrs: Sequence[str] | None = None,
        zone_names: Sequence[str] | None = None,
        nat: Literal["single", "per_zone", "none"] = "single",
        locked_default_security_group: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        if public_cidrs is None or private_cidrs is None:
            blocks = CidrPlan(vpc_cidr=vpc_cidr, zone_count=2)
            public_cidrs, private_cidrs = blocks.public, blocks.private
        self._zones = zone_names if zone_names is not None else self._first_zones(len(public_cidrs))
        self._vpc = self._make_vpc(vpc_cidr)
        if locked_default_security_group:
            self._lock_default_security_group()
        self._internet_access: list[Any] = []
        public = self._subnets("public", public_cidrs)
        self._route_to_internet_gateway(public)
        self.public_internet_access: Final[tuple[Any, ...]] = tuple(self._internet_access)
        private = self._subnets("private", private_cidrs)
        self._route_to_nat_gateways(private, self._nat_gateways(nat, public))
        # No attribute refers to these resources, so whatever needs the internet lists them in depends_on.
        self.internet_access: Final[tuple[Any, ...]] = tuple(self._internet_access)
        self.vpc_id: Final[str] = self._vpc.id
        self.public_subnet_ids: Final[list[str]] = [subnet.id for subnet in public]
        self.private_subnet_ids: Final[list[str]] = [subnet.id for subnet in private]

    def _first_zones(self, count: int) -> tuple[str, ...]:
        # Zones that need an opt-in, such as local zones, do not all have Fargate and NAT gateways.
        regular = aws.data_aws_availability_zones.DataAwsAvailabilityZonesFilter(
            name="opt-in-status", values=["opt-in-not-required"]
        )
        zones = aws.data_aws_availability_zones.DataAwsAvailabilityZones(
            self, "zones", state="available", filter=[regular]
        )
        # In a region with too few zones an index fails, whereas element() would wrap around to the first zone.
        return tuple(zones.get_string_attribute(f"names[{index}]") for index in range(count))

    def _make_vpc(self, cidr: str) -> Any:
        # Cloud Map names resolve only if both DNS attributes are enabled.
        return aws.vpc.Vpc(
            self,
            "this",
            cidr_block=cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=name_tag(self._name),
        )

    def _lock_default_security_group(self) -> None:
        # AWS creates this group with every VPC. Without rules it allows no traffic.
        aws.default_security_group.DefaultSecurityGroup(
            self, "default_security_group", vpc_id=self._vpc.id, tags=name_tag(f"{self._name}-default")
        )

    def _subnets(self, kind: str, blocks: Sequence[str]) -> list[Any]:
        return [
            aws.subnet.Subnet(
                self,
                f"{kind}_{index}",
                vpc_id=self._vpc.id,
                cidr_block=block,
                availability_zone=self._zones[index],
                tags=name_tag(f"{self._name}-{kind}-{index}"),
            )
            for index, block in enumerate(blocks)
        ]

    def _route_to_internet_gateway(self, public: list[Any]) -> None:
        gateway = aws.internet_gateway.InternetGateway(
            self, "internet_gateway", vpc_id=self._vpc.id, tags=name_tag(self._name)
        )
        table = self._route_table("public", public)
        self._default_route("public", table, gateway_id=gateway.id)

    def _nat_gateways(self, nat: str, public: list[Any]) -> list[Any]:
        count = {"none": 0, "single": 1, "per_zone": len(public)}[nat]
        gateways = [self._nat_gateway(index, subnet) for index, subnet in enumerate(public[:count])]
        self._internet_access += gateways
        return gateways

    def _nat_gateway(self, index: int, subnet: Any) -> Any:
        tags = name_tag(f"{self._name}-{index}")
        address = aws.eip.Eip(self, f"nat_address_{index}", domain="vpc", tags=tags)
        return aws.nat_gateway.NatGateway(
            self,
            f"nat_{index}",
            subnet_id=subnet.id,
            allocation_id=address.id,
            tags=tags,
            depends_on=list(self.public_internet_access),
        )

    def _route_to_nat_gateways(self, private: list[Any], gateways: list[Any]) -> None:
        for index, subnet in enumerate(private):
            table = self._route_table(f"private_{index}", [subnet])
            if gateways:
                gateway = gateways[min(index, len(gateways) - 1)]
                self._default_route(f"private_{index}", table, nat_gateway_id=gateway.id)

    def _route_table(self, role: str, subnets: list[Any]) -> Any:
        table = aws.route_table.RouteTable(
            self, f"{role}_routes", vpc_id=self._vpc.id, tags=name_tag(f"{self._name}-{role.replace('_', '-')}")
        )
        for index, subnet in enumerate(subnets):
            id_ = f"{role}_association" if len(subnets) == 1 else f"{role}_{index}_association"
            self._internet_access.append(
                aws.route_table_association.RouteTableAssociation(
                    self, id_, subnet_id=subnet.id, route_table_id=table.id
                )
            )
        return table

    def _default_route(self, role: str, table: Any, **target: str) -> None:
        route = aws.route.Route(
            self, f"{role}_default_route", route_table_id=table.id, destination_cidr_block=_EVERYWHERE, **target
        )
        self._internet_access.append(route)
