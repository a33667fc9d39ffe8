"""The network of a deployment: VPC -> subnets in each zone -> internet gateway and NAT gateways -> route tables.

Public subnets hold the load balancer and the NAT gateways, private subnets the tasks.
"""

from __future__ import annotations

from typing import Any

from colonnade.model.network.plan import NetworkPlan
from colonnade.modules.provider import aws, constructs
from colonnade.modules.tags import name_tag

_EVERYWHERE = "0.0.0.0/0"


class Network(constructs.Construct):
    """A VPC with one public and one private subnet in each zone: the zones of the plan, or the region's first.

    NAT `single` gives all zones one way out, `per_zone` one each, so that a zone's failure stays its own. With `none`
    private subnets have no default route: tasks reach only the VPC. Image pulls and logs then need VPC endpoints for
    `ecr.api`, `ecr.dkr`, `logs` and `s3`, which whoever chooses `none` adds; no plan tells that they are missing.
    """

    def __init__(
        self, scope: Any, id_: str, *, name: str, plan: NetworkPlan, locked_default_security_group: bool
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self._zones = plan.zone_names if plan.zone_names is not None else self._first_zones(len(plan.public_cidrs))
        self._vpc = self._make_vpc(plan.vpc_cidr)
        if locked_default_security_group:
            self._lock_default_security_group()
        self._internet_access: list[Any] = []
        public = self._subnets("public", plan.public_cidrs)
        self._route_to_internet_gateway(public)
        self.public_internet_access: tuple[Any, ...] = tuple(self._internet_access)
        """All that must exist before something in a public subnet is on the internet."""
        private = self._subnets("private", plan.private_cidrs)
        self._route_to_nat_gateways(private, self._nat_gateways(plan, public))
        self.vpc_id: str = self._vpc.id
        self.public_subnet_ids: list[str] = [subnet.id for subnet in public]
        self.private_subnet_ids: list[str] = [subnet.id for subnet in private]

    @property
    def internet_access(self) -> tuple[Any, ...]:
        """All that must exist before a task in a private subnet reaches the internet; no reference implies it."""
        return tuple(self._internet_access)

    def _first_zones(self, count: int) -> tuple[str, ...]:
        # Zones that are opted in to, such as local zones, have neither Fargate nor NAT gateways everywhere.
        regular = aws.data_aws_availability_zones.DataAwsAvailabilityZonesFilter(
            name="opt-in-status", values=["opt-in-not-required"]
        )
        zones = aws.data_aws_availability_zones.DataAwsAvailabilityZones(
            self, "zones", state="available", filter=[regular]
        )
        # An index, not element(): in a region with too few zones it fails instead of starting over with the first.
        return tuple(zones.get_string_attribute(f"names[{index}]") for index in range(count))

    def _make_vpc(self, cidr: str) -> Any:
        # Names of Cloud Map resolve only with both DNS attributes on.
        return aws.vpc.Vpc(
            self,
            "this",
            cidr_block=cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=name_tag(self._name),
        )

    def _lock_default_security_group(self) -> None:
        # AWS makes this group with every VPC and nothing here uses it; without rules nothing gets through it.
        aws.default_security_group.DefaultSecurityGroup(
            self, "default_security_group", vpc_id=self._vpc.id, tags=name_tag(f"{self._name}-default")
        )

    def _subnets(self, kind: str, blocks: tuple[str, ...]) -> list[Any]:
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

    def _nat_gateways(self, plan: NetworkPlan, public: list[Any]) -> list[Any]:
        count = {"none": 0, "single": 1, "per_zone": len(public)}[plan.nat]
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
