"""The one roof: security group -> Application Load Balancer -> listeners on 80 and 443 -> the domain's alias record.

Imported by stacks and by the constructs that add listener rules and targets.
"""

from __future__ import annotations

from typing import Any

from modules.domain import Domain
from modules.network import Network
from modules.provider import aws, constructs
from modules.spec.deployment_spec import FixedResponse
from modules.tags import name_tag

_EVERYWHERE = "0.0.0.0/0"
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3 and 1.2: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""


class LoadBalancer(constructs.Construct):
    """An internet-facing load balancer that answers for a domain: 80 redirects to 443, where listener rules decide.

    Its security group lets the world in on 80 and 443 and nothing out: each group of tasks adds the way to its port.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        title: str,
        network: Network,
        domain: Domain,
        default_response: FixedResponse,
    ) -> None:
        super().__init__(scope, id_)
        self.security_group_id = self._security_group(name, network)
        self._this = self._load_balancer(name, title, network)
        self._redirect_to_https()
        self.listener_arn = self._https_listener(domain, default_response)
        self._alias_record(domain)
        self.dns_name: str = self._this.dns_name

    def _security_group(self, name: str, network: Network) -> str:
        group = aws.security_group.SecurityGroup(
            self,
            "security_group",
            name=name,
            description="The load balancer: the world in on 80 and 443, out to the services",
            vpc_id=network.vpc_id,
            tags=name_tag(name),
        )
        for port in (80, 443):
            aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
                self,
                f"ingress_{port}",
                security_group_id=group.id,
                description=f"The world on {port}",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=_EVERYWHERE,
            )
        group_id: str = group.id
        return group_id

    def _load_balancer(self, name: str, title: str, network: Network) -> Any:
        return aws.lb.Lb(
            self,
            "this",
            name=name,
            load_balancer_type="application",
            internal=False,
            subnets=network.public_subnet_ids,
            security_groups=[self.security_group_id],
            drop_invalid_header_fields=True,
            tags=name_tag(title),
            # AWS refuses an internet-facing load balancer in a VPC without an internet gateway; nothing here names one.
            depends_on=list(network.public_internet_access),
        )

    def _redirect_to_https(self) -> None:
        listener = aws.lb_listener
        redirect = listener.LbListenerDefaultActionRedirect(port="443", protocol="HTTPS", status_code="HTTP_301")
        listener.LbListener(
            self,
            "http",
            load_balancer_arn=self._this.arn,
            port=80,
            protocol="HTTP",
            default_action=[listener.LbListenerDefaultAction(type="redirect", redirect=redirect)],
        )

    def _https_listener(self, domain: Domain, response: FixedResponse) -> str:
        listener = aws.lb_listener
        fixed_response = listener.LbListenerDefaultActionFixedResponse(
            status_code=str(response.status_code),
            content_type=response.content_type,
            message_body=response.message_body,
        )
        https = listener.LbListener(
            self,
            "https",
            load_balancer_arn=self._this.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=_TLS_POLICY,
            certificate_arn=domain.certificate_arn,
            default_action=[listener.LbListenerDefaultAction(type="fixed-response", fixed_response=fixed_response)],
        )
        arn: str = https.arn
        return arn

    def _alias_record(self, domain: Domain) -> None:
        alias = aws.route53_record.Route53RecordAlias(
            name=self._this.dns_name, zone_id=self._this.zone_id, evaluate_target_health=True
        )
        aws.route53_record.Route53Record(
            self, "alias_record", zone_id=domain.zone_id, name=domain.name, type="A", alias=alias
        )
