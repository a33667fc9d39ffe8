"""A network: VPC -> subnets in each zone -> internet gateway and NAT gateways -> route tables -> VPC endpoints.

Public subnets hold the load balancer and the NAT gateways, private subnets the tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from colonnade.model import aws_limits
from colonnade.model.network.cidr_plan import CidrPlan
from colonnade.modules.provider import aws, cdktf, constructs, name_tag
from colonnade.modules.security_group import ingress_rule, security_group

_EVERYWHERE = "0.0.0.0/0"
_HTTPS_PORT = 443
_TASK_APIS = ("ecr.api", "ecr.dkr", "logs")
"""The APIs that Fargate calls from the network of a task: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"""


class Network(constructs.Construct):
    """A VPC with one public and one private subnet in each zone.

    Inputs:
        name: The `Name` tag of the VPC, and the beginning of the `Name` tags of its parts.
        region: The region of the network.
        vpc_cidr: The VPC's block, /16 to /28. Default: '10.0.0.0/16'.
        public_cidrs, private_cidrs: The subnets' blocks, one per zone. Default, if either is missing: blocks of
            `vpc_cidr` for two zones.
        zone_names: One per block, such as 'eu-west-1a'. Default: the region's first zones with Fargate when a subnet
            is created. An existing subnet stays in its zone, even if later plans find other zones.
        nat: 'single' is one NAT gateway for all zones. 'per_zone' is one in each zone, so that the failure of a zone
            does not affect the others. With 'none', private subnets have no default route, and interface endpoints
            for `ecr.api`, `ecr.dkr` and `logs` let tasks pull images from ECR and write logs. Default: 'single'.
        locked_default_security_group: True if the rules of the VPC's default security group are removed. No construct
            uses that group. Default: False.

    Resources: `aws_vpc`, `aws_subnet`, `aws_internet_gateway`, `aws_nat_gateway`, `aws_eip`, `aws_route_table`,
    `aws_route_table_association`, `aws_route`, `aws_vpc_endpoint`; `aws_default_security_group` if it is locked; with
    `nat` 'none' `aws_security_group` and `aws_vpc_security_group_ingress_rule` of the interface endpoints.

    The image layers of ECR are in S3. The gateway endpoint for S3, which is free, always exists, so that no NAT gateway
    charges for them: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html

    Outputs: `vpc_id`, `public_subnet_ids`, `private_subnet_ids`; as CDKTF resources `public_internet_access`, which
    must exist before a public subnet can reach the internet, and `task_access`, which must exist before a task can
    start: its routes, NAT gateways and endpoints.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        region: str,
        vpc_cidr: str = "10.0.0.0/16",
        public_cidrs: Sequence[str] | None = None,
        private_cidrs: Sequence[str] | None = None,
        zone_names: Sequence[str] | None = None,
        nat: Literal["single", "per_zone", "none"] = "single",
        locked_default_security_group: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self._region = region
        if public_cidrs is None or private_cidrs is None:
            blocks = CidrPlan(vpc_cidr=vpc_cidr, zone_count=2)
            public_cidrs, private_cidrs = blocks.public, blocks.private
        self._fixed_zones = zone_names is not None
        self._zones = zone_names if zone_names is not None else self._first_zones(len(public_cidrs))
        self._vpc = self._make_vpc(vpc_cidr)
        if locked_default_security_group:
            self._lock_default_security_group()
        self._access: list[Any] = []
        public = self._subnets("public", public_cidrs)
        self._route_to_internet_gateway(public)
        self.public_internet_access: Final[tuple[Any, ...]] = tuple(self._access)
        private = self._subnets("private", private_cidrs)
        tables = self._route_to_nat_gateways(private, self._nat_gateways(nat, public))
        self._access.append(self._gateway_endpoint(tables))
        if nat == "none":
            self._access += self._interface_endpoints(private, vpc_cidr)
        # No attribute of a service refers to these resources, so the service lists them in depends_on.
        self.task_access: Final[tuple[Any, ...]] = tuple(self._access)
        self.vpc_id: Final[str] = self._vpc.id
        self.public_subnet_ids: Final[list[str]] = [subnet.id for subnet in public]
        self.private_subnet_ids: Final[list[str]] = [subnet.id for subnet in private]

    def _first_zones(self, count: int) -> tuple[str, ...]:
        """Return the expressions for the first zones.

        An impaired zone counts too: otherwise the subnets would move to other zones.
        """
        # Zones that need an opt-in, such as local zones, do not all have Fargate and NAT gateways.
        regular = aws.data_aws_availability_zones.DataAwsAvailabilityZonesFilter(
            name="opt-in-status", values=["opt-in-not-required"]
        )
        without_fargate = aws_limits.ZONES_WITHOUT_FARGATE.get(self._region, ())
        zones = aws.data_aws_availability_zones.DataAwsAvailabilityZones(
            self, "zones", filter=[regular], exclude_zone_ids=list(without_fargate) or None
        )
        # In a region with too few zones, an index makes the plan fail. `element()` would return the first zone again.
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
        # A region may get a new zone whose name sorts first. Another zone would replace the subnet.
        lifecycle = (
            None if self._fixed_zones else cdktf.TerraformResourceLifecycle(ignore_changes=["availability_zone"])
        )
        return [
            aws.subnet.Subnet(
                self,
                f"{kind}_{index}",
                vpc_id=self._vpc.id,
                cidr_block=block,
                availability_zone=self._zones[index],
                tags=name_tag(f"{self._name}-{kind}-{index}"),
                lifecycle=lifecycle,
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
        self._access += gateways
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

    def _route_to_nat_gateways(self, private: list[Any], gateways: list[Any]) -> list[Any]:
        """Create a route table for each private subnet; return the tables."""
        tables = [self._route_table(f"private_{index}", [subnet]) for index, subnet in enumerate(private)]
        for index, table in enumerate(tables):
            if gateways:
                gateway = gateways[min(index, len(gateways) - 1)]
                self._default_route(f"private_{index}", table, nat_gateway_id=gateway.id)
        return tables

    def _gateway_endpoint(self, tables: list[Any]) -> Any:
        return self._endpoint("s3", "Gateway", route_table_ids=[table.id for table in tables])

    def _interface_endpoints(self, private: list[Any], vpc_cidr: str) -> Iterator[Any]:
        """Create an endpoint in every zone for each API that tasks need.

        Yield the endpoints and the rule of their security group.
        """
        group_id = security_group(
            self,
            "endpoint_security_group",
            name=f"{self._name}-endpoints",
            description="The VPC endpoints for the APIs that tasks need",
            vpc_id=self._vpc.id,
        )
        yield ingress_rule(
            self,
            "endpoint_ingress",
            port=_HTTPS_PORT,
            security_group_id=group_id,
            description="Calls to AWS APIs from the VPC",
            cidr_ipv4=vpc_cidr,
        )
        for api in _TASK_APIS:
            yield self._endpoint(
                api,
                "Interface",
                subnet_ids=[subnet.id for subnet in private],
                security_group_ids=[group_id],
                # Inside the VPC, the usual name of the API then resolves to the endpoint.
                private_dns_enabled=True,
            )

    def _endpoint(self, api: str, kind: str, **settings: Any) -> Any:
        role = api.replace(".", "_")
        return aws.vpc_endpoint.VpcEndpoint(
            self,
            f"{role}_endpoint",
            vpc_id=self._vpc.id,
            service_name=f"com.amazonaws.{self._region}.{api}",
            vpc_endpoint_type=kind,
            tags=name_tag(f"{self._name}-{api.replace('.', '-')}"),
            **settings,
        )

    def _route_table(self, role: str, subnets: list[Any]) -> Any:
        table = aws.route_table.RouteTable(
            self, f"{role}_routes", vpc_id=self._vpc.id, tags=name_tag(f"{self._name}-{role.replace('_', '-')}")
        )
        for index, subnet in enumerate(subnets):
            id_ = f"{role}_association" if len(subnets) == 1 else f"{role}_{index}_association"
            self._access.append(
                aws.route_table_association.RouteTableAssociation(
                    self, id_, subnet_id=subnet.id, route_table_id=table.id, lifecycle=_left_before_it_goes()
                )
            )
        return table

    def _default_route(self, role: str, table: Any, **target: str) -> None:
        route = aws.route.Route(
            self,
            f"{role}_default_route",
            route_table_id=table.id,
            destination_cidr_block=_EVERYWHERE,
            lifecycle=_left_before_it_goes(),
            **target,
        )
        self._access.append(route)


def _left_before_it_goes() -> Any:
    """Return the lifecycle of a route that must outlive the tasks and routes that use it.

    Terraform also applies the setting to the gateways and subnets on which these resources depend. So a removed zone or
    NAT gateway is destroyed after services and routes have left it.
    """
    return cdktf.TerraformResourceLifecycle(create_before_destroy=True)
