"""An existing network: the VPC and the subnets are looked up, and the plan checks them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from colonnade.modules.network import Network
from colonnade.modules.provider import aws, cdktf, constructs

_ZONES = 2
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer"""


class ExistingNetwork(constructs.Construct):
    """An existing VPC and its subnets. The plan fails if one of them is missing or unsuitable.

    It fails for a subnet of another VPC, for two public subnets in one zone, for subnets in fewer than two zones, and
    for a VPC without DNS support or DNS host names, with which names of Cloud Map do not resolve.

    Inputs:
        vpc_id: The VPC.
        public_subnet_ids: The subnets of the load balancer, one per zone. Default: none, for an internal load balancer.
        private_subnet_ids: The subnets of the tasks, in two or more zones.

    Resources: none; data `aws_vpc`, `aws_subnets`, `aws_subnet`.

    Outputs: those of `Network`. `public_internet_access` and `task_access` are empty, because the routes and gateways
    exist already.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        vpc_id: str,
        public_subnet_ids: Sequence[str] = (),
        private_subnet_ids: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        self._found = self._subnets([*public_subnet_ids, *private_subnet_ids])
        public = [self._subnet(f"public_{at}", id_, vpc_id) for at, id_ in enumerate(public_subnet_ids)]
        private = [self._subnet(f"private_{at}", id_, vpc_id) for at, id_ in enumerate(private_subnet_ids)]
        self.vpc_id: Final[str] = self._vpc(vpc_id, public, private).id
        self.public_subnet_ids: Final[list[str]] = [subnet.id for subnet in public]
        self.private_subnet_ids: Final[list[str]] = [subnet.id for subnet in private]
        self.public_internet_access: Final[tuple[Any, ...]] = ()
        self.task_access: Final[tuple[Any, ...]] = ()

    def _subnet(self, role: str, subnet_id: str, vpc_id: str) -> Any:
        in_vpc = cdktf.Postcondition(
            condition=f'${{self.vpc_id == "{vpc_id}"}}', error_message=f"Subnet {subnet_id} is not in VPC {vpc_id}."
        )
        lifecycle = cdktf.TerraformResourceLifecycle(postcondition=[in_vpc])
        # The provider's own error for a missing subnet does not name it.
        return aws.data_aws_subnet.DataAwsSubnet(
            self, role, id=subnet_id, lifecycle=lifecycle, depends_on=[self._found]
        )

    def _subnets(self, ids: list[str]) -> Any:
        """Look up the subnets. The plan fails with the ids of those that do not exist."""
        missing = f"setsubtract({json.dumps(ids)}, self.ids)"
        all_exist = cdktf.Postcondition(
            condition=f"${{length({missing}) == 0}}",
            error_message=f'Subnets that do not exist in this account and region: ${{join(", ", {missing})}}.',
        )
        subnets = aws.data_aws_subnets
        return subnets.DataAwsSubnets(
            self,
            "subnets",
            filter=[subnets.DataAwsSubnetsFilter(name="subnet-id", values=ids)],
            lifecycle=cdktf.TerraformResourceLifecycle(postcondition=[all_exist]),
        )

    def _vpc(self, vpc_id: str, public: list[Any], private: list[Any]) -> Any:
        conditions = [
            cdktf.Postcondition(
                condition="${self.enable_dns_support && self.enable_dns_hostnames}",
                error_message=f"VPC {vpc_id} needs DNS support and DNS host names for the names of services.",
            ),
            cdktf.Postcondition(
                condition=f"${{{_zones(private)} >= {_ZONES}}}",
                error_message=f"The private subnets are in fewer than {_ZONES} zones; name subnets in {_ZONES} zones.",
            ),
        ]
        if public:
            conditions.append(
                cdktf.Postcondition(
                    condition=f"${{{_zones(public)} == {len(public)}}}",
                    error_message="Two public subnets are in the same zone; a load balancer has one subnet per zone.",
                )
            )
        lifecycle = cdktf.TerraformResourceLifecycle(postcondition=conditions)
        return aws.data_aws_vpc.DataAwsVpc(self, "this", id=vpc_id, lifecycle=lifecycle)


AnyNetwork = Network | ExistingNetwork
"""The networks that the other constructs build on."""


def _zones(subnets: Sequence[Any]) -> str:
    """Return the expression for the number of zones that the subnets are in."""
    addresses = [f"data.{each.terraform_resource_type}.{each.friendly_unique_id}" for each in subnets]
    return f"length(distinct([{', '.join(f'{address}.availability_zone' for address in addresses)}]))"
