"""The one roof: security group -> Application Load Balancer -> listeners -> its domain's alias record, its web ACL."""

from __future__ import annotations

from typing import Any

from colonnade.model.deployment.declaration import FixedResponse
from colonnade.model.environment.settings import ProtectionSettings
from colonnade.modules.access_log_bucket import AccessLogBucket
from colonnade.modules.domain import Domain
from colonnade.modules.network import Network
from colonnade.modules.provider import aws, constructs
from colonnade.modules.tags import name_tag
from colonnade.modules.target_group import TargetGroup

_EVERYWHERE = "0.0.0.0/0"
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3 and 1.2: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""


class LoadBalancer(constructs.Construct):
    """An internet-facing load balancer. With a domain 80 redirects to 443, where listener rules decide; without, on 80.

    Its security group lets the world in on these ports and nothing out: each group of tasks adds the way to its port.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        title: str,
        network: Network,
        domain: Domain | None,
        default_response: FixedResponse | None,
        access_logs: AccessLogBucket | None,
        protection: ProtectionSettings,
    ) -> None:
        """`default_response` None leaves the default action to `forward_by_default`."""
        super().__init__(scope, id_)
        self._access_logs = access_logs
        self._protection = protection
        self.security_group_id = self._security_group(name, network, (80, 443) if domain is not None else (80,))
        self._this = self._load_balancer(name, title, network)
        action = _fixed_response(default_response) if default_response is not None else []
        self.listener: Any = self._http_listener(action) if domain is None else self._https_listener(domain, action)
        """Where listener rules decide."""
        if domain is not None:
            self._redirect_to_https()
            self._alias_record(domain)
        if protection.web_acl_arn is not None:
            aws.wafv2_web_acl_association.Wafv2WebAclAssociation(
                self, "web_acl", resource_arn=self._this.arn, web_acl_arn=protection.web_acl_arn
            )
        self.dns_name: str = self._this.dns_name

    def forward_by_default(self, target_group: TargetGroup) -> None:
        """Sends every request that no listener rule takes to the target group."""
        action = aws.lb_listener.LbListenerDefaultAction(type="forward", target_group_arn=target_group.arn)
        self.listener.put_default_action([action])
        target_group.add_way_in(self.listener)

    def _security_group(self, name: str, network: Network, ports: tuple[int, ...]) -> str:
        group = aws.security_group.SecurityGroup(
            self,
            "security_group",
            name=name,
            description=f"The load balancer: the world in on {' and '.join(map(str, ports))}, out to the services",
            vpc_id=network.vpc_id,
            tags=name_tag(name),
        )
        for port in ports:
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
        logs = self._access_logs
        return aws.lb.Lb(
            self,
            "this",
            name=name,
            load_balancer_type="application",
            internal=False,
            subnets=network.public_subnet_ids,
            security_groups=[self.security_group_id],
            drop_invalid_header_fields=True,
            enable_deletion_protection=True if self._protection.deletion_protection else None,
            access_logs=aws.lb.LbAccessLogs(bucket=logs.name, enabled=True) if logs is not None else None,
            tags=name_tag(title),
            # AWS refuses an internet-facing load balancer in a VPC without an internet gateway, which nothing here
            # names, and access logs in a bucket whose policy does not let it write.
            depends_on=[*network.public_internet_access, *([logs.policy] if logs is not None else [])],
        )

    def _redirect_to_https(self) -> None:
        listener = aws.lb_listener
        redirect = listener.LbListenerDefaultActionRedirect(port="443", protocol="HTTPS", status_code="HTTP_301")
        self._http_listener([listener.LbListenerDefaultAction(type="redirect", redirect=redirect)])

    def _http_listener(self, default_action: list[Any]) -> Any:
        return aws.lb_listener.LbListener(
            self, "http", load_balancer_arn=self._this.arn, port=80, protocol="HTTP", default_action=default_action
        )

    def _https_listener(self, domain: Domain, default_action: list[Any]) -> Any:
        return aws.lb_listener.LbListener(
            self,
            "https",
            load_balancer_arn=self._this.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=_TLS_POLICY,
            certificate_arn=domain.certificate_arn,
            default_action=default_action,
        )

    def _alias_record(self, domain: Domain) -> None:
        alias = aws.route53_record.Route53RecordAlias(
            name=self._this.dns_name, zone_id=self._this.zone_id, evaluate_target_health=True
        )
        aws.route53_record.Route53Record(
            self, "alias_record", zone_id=domain.zone_id, name=domain.name, type="A", alias=alias
        )


def _fixed_response(response: FixedResponse) -> list[Any]:
    listener = aws.lb_listener
    fixed_response = listener.LbListenerDefaultActionFixedResponse(
        status_code=str(response.status_code), content_type=response.content_type, message_body=response.message_body
    )
    return [listener.LbListenerDefaultAction(type="fixed-response", fixed_response=fixed_response)]
