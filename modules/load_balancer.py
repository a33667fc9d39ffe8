"""A load balancer: security group -> Application Load Balancer -> listeners -> alias records -> web ACL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from colonnade.model import aws_limits
from colonnade.model.deployment.declaration import FixedResponse
from colonnade.modules.access_log_bucket import AccessLogBucket
from colonnade.modules.domain import Domain
from colonnade.modules.existing_network import AnyNetwork
from colonnade.modules.provider import aws, cdktf, constructs, name_tag
from colonnade.modules.security_group import ingress_rule, security_group
from colonnade.modules.target_group import TargetGroup

_EVERYWHERE = "0.0.0.0/0"
_ID_CHARACTERS = str.maketrans("./", "--")
"""A construct id keeps letters, digits, hyphens and underscores."""
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3 and 1.2 with forward secrecy and without CBC ciphers, which AWS recommends:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""

NOT_FOUND: Final = FixedResponse(status_code=404, content_type="text/plain", message_body="Not Found")


class LoadBalancer(constructs.Construct):
    """A load balancer: HTTPS on 443 and a redirect on 80 with a domain, HTTP on 80 without one.

    Its security group allows its clients in on these ports and no egress; each `TaskSecurityGroup` adds egress to its
    tasks.

    Inputs:
        name: The name of the load balancer, at most 32 characters, and the start of its security group's name.
        network: The network; the load balancer is in its public subnets, an internal one in its private subnets.
        title: Its `Name` tag. Default: `name`.
        domain: The domain that becomes an alias of it and whose certificate it uses. Default: none, HTTP only.
        default_action: The action for requests that no listener rule matches: a `FixedResponse`, or a `TargetGroup` to
            forward to. Default: 404 with the body 'Not Found'.
        access_logs: The bucket for access logs. Default: no access logs.
        deletion_protection: True if AWS refuses to delete it. Default: False.
        web_acl_arn: A regional AWS WAF web ACL in front of it. Default: none.
        idle_timeout_seconds: The time that it waits for data on a connection, 1 to 4000. Default: 60.
        client_cidrs: The IPv4 blocks of its clients. Default: the internet.
        client_prefix_list: The ID, or the name, of a prefix list of clients. They reach only the port with the rules,
            as the list counts with all its entries for each port. Default: none.
        internal: True if it has private addresses only. Default: False, internet-facing.

    Resources: `aws_lb`, `aws_security_group`, one `aws_lb_listener` per port, one `aws_vpc_security_group_ingress_rule`
    per port and block; with a domain an `aws_route53_record` per name, with a web ACL `aws_wafv2_web_acl_association`;
    with a prefix list data `aws_ec2_managed_prefix_list`.

    Outputs: `arn`; `listener_arn`, of the listener that has the rules; `dns_name`; `security_group_id`; `listener`,
    that listener as a CDKTF resource. With a domain, HTTP redirects only after the rules given to `redirect_after`
    exist on HTTPS.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        network: AnyNetwork,
        title: str | None = None,
        domain: Domain | None = None,
        default_action: FixedResponse | TargetGroup = NOT_FOUND,
        access_logs: AccessLogBucket | None = None,
        deletion_protection: bool = False,
        web_acl_arn: str | None = None,
        idle_timeout_seconds: int = 60,
        client_cidrs: Sequence[str] = (_EVERYWHERE,),
        client_prefix_list: str | None = None,
        internal: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        self.security_group_id: Final[str] = security_group(
            self,
            "security_group",
            name=name,
            description="The load balancer: clients in, the tasks of its services out",
            vpc_id=network.vpc_id,
        )
        ingress = self._clients((80, 443) if domain is not None else (80,), client_cidrs, client_prefix_list)
        self._this = self._load_balancer(
            network,
            access_logs,
            internal,
            name=name,
            tags=name_tag(title if title is not None else name),
            idle_timeout=idle_timeout_seconds,
            enable_deletion_protection=True if deletion_protection else None,
        )
        self.arn: Final[str] = self._this.arn
        self.dns_name: Final[str] = self._this.dns_name
        action = [_default_action(default_action)]
        self.listener: Final[Any] = (
            self._http_listener(action) if domain is None else self._https_listener(domain, action)
        )
        self.listener_arn: Final[str] = self.listener.arn
        self._redirect = self._redirect_to_https(after=[self.listener, *ingress]) if domain is not None else None
        if domain is not None:
            domain.add_alias_records(self, dns_name=self.dns_name, load_balancer_zone_id=self._this.zone_id)
        if web_acl_arn is not None:
            aws.wafv2_web_acl_association.Wafv2WebAclAssociation(
                self, "web_acl", resource_arn=self.arn, web_acl_arn=web_acl_arn
            )

    def redirect_after(self, rule: Any) -> None:
        """Make the redirect from HTTP wait until this listener rule, a CDKTF resource, exists.

        Without a domain, do nothing. When a deployment gets a domain, its rules move from HTTP to HTTPS. HTTP must
        start to redirect only after they have moved.
        """
        if self._redirect is not None:
            address = f"{rule.terraform_resource_type}.{rule.friendly_unique_id}"
            self._redirect.depends_on = [*self._redirect.depends_on, address]

    def _clients(self, ports: Sequence[int], cidrs: Sequence[str], prefix_list: str | None) -> list[Any]:
        """Add the rules that let the clients in; those of a prefix list only at the last port."""
        ingress = [self._ingress(port, cidr) for cidr in cidrs for port in ports]
        if prefix_list is not None:
            ingress.append(self._ingress_from_prefix_list(ports[-1], prefix_list, len(ingress)))
        return ingress

    def _ingress(self, port: int, cidr: str) -> Any:
        # The id contains the block. If a block is added or removed, Terraform does not touch the rules of the other
        # blocks.
        return ingress_rule(
            self,
            "ingress" if cidr == _EVERYWHERE else f"ingress_{cidr.translate(_ID_CHARACTERS)}",
            port=port,
            security_group_id=self.security_group_id,
            description=f"Clients on port {port}",
            cidr_ipv4=cidr,
        )

    def _ingress_from_prefix_list(self, port: int, prefix_list: str, other_rules: int) -> Any:
        return ingress_rule(
            self,
            "ingress_prefix_list",
            port=port,
            security_group_id=self.security_group_id,
            description=f"Clients of prefix list {prefix_list} on port {port}",
            prefix_list_id=self._prefix_list(prefix_list, aws_limits.RULES_PER_SECURITY_GROUP - other_rules).id,
        )

    def _prefix_list(self, prefix_list: str, most: int) -> Any:
        has_ipv4 = cdktf.Postcondition(
            condition='${self.address_family == "IPv4"}',
            error_message=f"Prefix list {prefix_list} has no IPv4 addresses, which the load balancer needs.",
        )
        # AWS-managed lists have no maximum number of entries; each counts with the weight that AWS documents.
        fits = cdktf.Postcondition(
            condition=f"${{self.max_entries <= {most}}}",
            error_message=f"Prefix list {prefix_list} counts with all its entries in the load balancer's security "
            f"group, which has room for {most} of them.",
        )
        by_id = prefix_list.startswith("pl-")
        return aws.data_aws_ec2_managed_prefix_list.DataAwsEc2ManagedPrefixList(
            self,
            "prefix_list",
            id=prefix_list if by_id else None,
            name=prefix_list if not by_id else None,
            lifecycle=cdktf.TerraformResourceLifecycle(postcondition=[has_ipv4, fits]),
        )

    def _load_balancer(self, network: AnyNetwork, logs: AccessLogBucket | None, internal: bool, **settings: Any) -> Any:
        return aws.lb.Lb(
            self,
            "this",
            load_balancer_type="application",
            internal=internal,
            subnets=network.private_subnet_ids if internal else network.public_subnet_ids,
            security_groups=[self.security_group_id],
            drop_invalid_header_fields=True,
            access_logs=aws.lb.LbAccessLogs(bucket=logs.name, enabled=True) if logs is not None else None,
            # AWS refuses an internet-facing load balancer in a VPC without an internet gateway, and access logs in a
            # bucket whose policy does not allow them. No attribute refers to the gateway or to the policy.
            depends_on=[
                *(() if internal else network.public_internet_access),
                *([logs.policy] if logs is not None else []),
            ]
            or None,
            **settings,
        )

    def _redirect_to_https(self, *, after: list[Any]) -> Any:
        listener = aws.lb_listener
        redirect = listener.LbListenerDefaultActionRedirect(port="443", protocol="HTTPS", status_code="HTTP_301")
        return self._http_listener([listener.LbListenerDefaultAction(type="redirect", redirect=redirect)], after)

    def _http_listener(self, default_action: list[Any], after: list[Any] | None = None) -> Any:
        return aws.lb_listener.LbListener(
            self,
            "http",
            load_balancer_arn=self._this.arn,
            port=80,
            protocol="HTTP",
            default_action=default_action,
            depends_on=after,
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


def _default_action(action: FixedResponse | TargetGroup) -> Any:
    listener = aws.lb_listener
    if isinstance(action, TargetGroup):
        return listener.LbListenerDefaultAction(type="forward", target_group_arn=action.arn)
    fixed_response = listener.LbListenerDefaultActionFixedResponse(
        status_code=str(action.status_code), content_type=action.content_type, message_body=action.message_body
    )
    return listener.LbListenerDefaultAction(type="fixed-response", fixed_response=fixed_response)
