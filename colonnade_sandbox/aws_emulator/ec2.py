"""EC2 for the emulator. This module closes these gaps of moto 5.2.5:

A VPC's default security group has no rule that lets its members reach each other. moto loses the description of a
security group rule that refers to another group or to a prefix list, so every plan of the provider would add it again,
and keeps the group or prefix list of a rule that is changed to refer to another one. It deletes a security group, a
subnet or a VPC that is in use, and detaches an internet gateway from a VPC with public addresses. EC2 refuses these
with DependencyViolation:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule

from colonnade_sandbox.aws_emulator.in_use import public_address_users, security_group_users, subnet_users, vpc_users
from colonnade_sandbox.control_plane.observations import Observations

_Users = Callable[[EC2Backend, str], Iterator[str]]

_MOTO: dict[str, Callable[..., Any]] = {
    name: getattr(EC2Backend, name)
    for name in (
        "create_security_group",
        "delete_security_group",
        "delete_subnet",
        "delete_vpc",
        "detach_internet_gateway",
        "modify_security_group_rules",
    )
}
"""moto's own methods; `install` may run several times in a process."""


_make_rule = SecurityGroupRule.__init__


def _make_described_rule(rule: SecurityGroupRule, *arguments: Any, **settings: Any) -> None:
    """Make a rule, and keep its eighth argument, the dictionary of a prefix list, which moto drops."""
    _make_rule(rule, *arguments, **settings)
    prefix_list = settings.get("prefix_list_id", arguments[7] if len(arguments) > 7 else None)
    rule.prefix_list = prefix_list if prefix_list is not None else {}


def _description(rule: SecurityGroupRule) -> str | None:
    """Return a rule's description.

    ModifySecurityGroupRules stores a new description in `ip_range`, whatever the rule's source is.
    """
    sources = (rule.ip_range, rule.source_group, rule.prefix_list)
    return next((source["Description"] for source in sources if "Description" in source), None)


def _refuse(backend: EC2Backend, id_: str, users: _Users, message: str) -> None:
    if next(users(backend, id_), None) is not None:
        raise DependencyViolationError(message)


def _create_security_group(backend: EC2Backend, *arguments: Any, **settings: Any) -> Any:
    group = _MOTO["create_security_group"](backend, *arguments, **settings)
    if group.is_default:
        # https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
        itself = {"GroupId": group.id, "UserId": backend.account_id}
        rule = SecurityGroupRule(backend, "-1", group.id, None, None, None, itself, is_egress=False)
        group.ingress_rules.append(rule)
    return group


def _modify_security_group_rules(backend: EC2Backend, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
    _MOTO["modify_security_group_rules"](backend, group_id, rules)
    group = backend.get_security_group_from_id(group_id)
    for rule_id, settings in rules.items():
        rule = group.get_rule(rule_id)
        if "ReferencedGroupId" in settings:
            rule.source_group["GroupId"] = settings["ReferencedGroupId"]
        if "PrefixListId" in settings:
            rule.prefix_list_id = rule.prefix_list["PrefixListId"] = settings["PrefixListId"]


def install(observations: Observations) -> None:
    """Make moto read descriptions of rules with `_description`, and refuse to delete what is in use."""

    def delete_security_group(backend: EC2Backend, name: str | None = None, group_id: str | None = None) -> Any:
        if group_id is not None:
            message = f"resource {group_id} has a dependent object"
            _refuse(backend, group_id, lambda ec2, id_: security_group_users(ec2, id_, observations), message)
        return _MOTO["delete_security_group"](backend, name, group_id)

    def delete_subnet(backend: EC2Backend, subnet_id: str) -> Any:
        message = f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
        _refuse(backend, subnet_id, lambda ec2, id_: subnet_users(ec2, id_, observations), message)
        return _MOTO["delete_subnet"](backend, subnet_id)

    def delete_vpc(backend: EC2Backend, vpc_id: str) -> Any:
        _refuse(backend, vpc_id, vpc_users, f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        return _MOTO["delete_vpc"](backend, vpc_id)

    def detach_internet_gateway(backend: EC2Backend, internet_gateway_id: str, vpc_id: str) -> Any:
        message = (
            f"Network {vpc_id} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway."
        )
        _refuse(backend, vpc_id, public_address_users, message)
        return _MOTO["detach_internet_gateway"](backend, internet_gateway_id, vpc_id)

    EC2Backend.create_security_group = _create_security_group
    EC2Backend.modify_security_group_rules = _modify_security_group_rules
    SecurityGroupRule.__init__ = _make_described_rule
    SecurityGroupRule.description = property(_description)
    for guarded in (delete_security_group, delete_subnet, delete_vpc, detach_internet_gateway):
        setattr(EC2Backend, guarded.__name__, guarded)
