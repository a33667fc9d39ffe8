"""A security group and its rules. No edit removes a rule while running tasks or the load balancer need it.

security group -> ingress and egress rules, each for one port

If Terraform updated a rule in place, it would do so before it updates the service that depends on the rule, and the
running tasks would be blocked. So a rule's construct id contains its port: a new port is a new rule. Every rule has
`create_before_destroy`: Terraform creates the new rules, then updates the service, then destroys the former rules
(docs/decisions/0012).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.modules.moved import move_from
from colonnade.modules.provider import aws, cdktf, name_tag


def security_group(
    scope: Any, id_: str, *, name: str, description: str, vpc_id: str, tags: Mapping[str, str] | None = None
) -> str:
    """Add a security group; return its id. Terraform completes its name. `tags`: more tags than `Name`.

    AWS cannot change the name or the description, and does not delete a group that is in use. So Terraform ignores
    changes of both in an existing group:
    https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/security_group
    """
    all_tags = {**name_tag(name), **(tags if tags is not None else {})}
    group = aws.security_group.SecurityGroup(
        scope,
        id_,
        name_prefix=naming.name_prefix(name, max_length=aws_limits.SECURITY_GROUP_NAME_PREFIX_LENGTH),
        description=description,
        vpc_id=vpc_id,
        tags=all_tags,
        lifecycle=cdktf.TerraformResourceLifecycle(
            create_before_destroy=True, ignore_changes=["name", "name_prefix", "description"]
        ),
    )
    group_id: str = group.id
    return group_id


def ingress_rule(scope: Any, id_: str, *, port: int, former_id: str | None = None, **settings: str) -> Any:
    """Add a rule for TCP connections to `port` of a group, with the construct id `{id_}_{port}`; return the rule.

    `former_id`: the construct id that the rule had in an earlier version. Default: none.
    """
    rule = aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule
    return _rule(rule, scope, id_, port, former_id, settings)


def egress_rule(scope: Any, id_: str, *, port: int, former_id: str | None = None, **settings: str) -> Any:
    """Add a rule for TCP connections from a group to `port`; parameters as in `ingress_rule`."""
    rule = aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule
    return _rule(rule, scope, id_, port, former_id, settings)


def _rule(kind: Any, scope: Any, id_: str, port: int, former_id: str | None, settings: dict[str, str]) -> Any:
    rule = kind(
        scope,
        f"{id_}_{port}",
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
        **settings,
    )
    if former_id is not None:
        move_from(rule, (scope, former_id))
    return rule
