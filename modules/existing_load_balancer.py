"""An existing load balancer: listener and load balancer (looked up) -> alias records."""

from __future__ import annotations

from typing import Any, Final

from colonnade.modules.domain import Domain
from colonnade.modules.load_balancer import LoadBalancer
from colonnade.modules.provider import aws, cdktf, constructs


class ExistingLoadBalancer(constructs.Construct):
    """An existing HTTPS listener and its load balancer.

    The plan fails if either is missing or the load balancer is in another VPC. Each `TaskSecurityGroup` adds egress to
    its tasks to the first security group of the load balancer.

    Inputs:
        listener_arn: The listener.
        vpc_id: The VPC of the tasks, in which the load balancer must be.
        domain: The domain that becomes an alias of the load balancer. The listener has a certificate for it.

    Resources: an `aws_route53_record` per name; data `aws_lb_listener`, `aws_lb`.

    Outputs: those of `LoadBalancer`; `listener` is None.
    """

    def __init__(self, scope: Any, id_: str, *, listener_arn: str, vpc_id: str, domain: Domain) -> None:
        super().__init__(scope, id_)
        listener = self._listener(listener_arn)
        this = self._load_balancer(listener, vpc_id)
        self.arn: Final[str] = this.arn
        self.listener_arn: Final[str] = listener.arn
        self.listener: Final = None
        self.dns_name: Final[str] = this.dns_name
        self.security_group_id: Final[str] = (
            f"${{tolist(data.{this.terraform_resource_type}.{this.friendly_unique_id}.security_groups)[0]}}"
        )
        domain.add_alias_records(self, dns_name=this.dns_name, load_balancer_zone_id=this.zone_id)

    def redirect_after(self, _rule: Any) -> None:
        """Do nothing: the listener's owner configures redirects from HTTP."""

    def _listener(self, arn: str) -> Any:
        is_https = cdktf.Postcondition(
            condition='${self.protocol == "HTTPS"}', error_message=f"Listener {arn} is not an HTTPS listener."
        )
        lifecycle = cdktf.TerraformResourceLifecycle(postcondition=[is_https])
        return aws.data_aws_lb_listener.DataAwsLbListener(self, "listener", arn=arn, lifecycle=lifecycle)

    def _load_balancer(self, listener: Any, vpc_id: str) -> Any:
        in_vpc = cdktf.Postcondition(
            condition=f'${{self.vpc_id == "{vpc_id}"}}',
            error_message=f"The load balancer of the listener is not in VPC {vpc_id}, where the tasks are.",
        )
        lifecycle = cdktf.TerraformResourceLifecycle(postcondition=[in_vpc])
        return aws.data_aws_lb.DataAwsLb(self, "this", arn=listener.load_balancer_arn, lifecycle=lifecycle)


AnyLoadBalancer = LoadBalancer | ExistingLoadBalancer
"""The load balancers that rules and security groups refer to."""
