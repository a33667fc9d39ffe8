"""The reader of EC2: security groups, the entries of their prefix lists, and subnets -> `Network`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from colonnade.security_groups.network import Network, Rule, SecurityGroup, Subnet


def read_network(ec2: Any, *, group_ids: Sequence[str] = (), subnet_ids: Sequence[str] = ()) -> Network:
    """Return the security groups and subnets with these ids, by default all. `ec2` is a boto3 client.

    IPv6 is not read, as tasks have addresses of IPv4 only.
    """
    groups = _pages(ec2, "describe_security_groups", "SecurityGroups", **_with_ids("group-id", group_ids))
    subnets = _pages(ec2, "describe_subnets", "Subnets", **_with_ids("subnet-id", subnet_ids))
    lists = {id_: tuple(_entries(ec2, id_)) for id_ in _prefix_lists(groups)}
    return Network(
        security_groups={each["GroupId"]: _group(each, lists) for each in groups},
        subnets={
            each["SubnetId"]: Subnet(vpc_id=each["VpcId"], block=IPv4Network(each["CidrBlock"])) for each in subnets
        },
    )


def _pages(ec2: Any, operation: str, key: str, **request: Any) -> list[dict[str, Any]]:
    return [each for page in ec2.get_paginator(operation).paginate(**request) for each in page[key]]


def _with_ids(name: str, ids: Sequence[str]) -> dict[str, Any]:
    """Return the filter for these ids. With a filter, an id that does not exist is no error."""
    return {"Filters": [{"Name": name, "Values": list(ids)}]} if ids else {}


def _prefix_lists(groups: Sequence[Mapping[str, Any]]) -> set[str]:
    return {
        each["PrefixListId"]
        for group in groups
        for permission in (*group["IpPermissions"], *group["IpPermissionsEgress"])
        for each in permission["PrefixListIds"]
    }


def _entries(ec2: Any, prefix_list: str) -> list[IPv4Network]:
    entries = _pages(ec2, "get_managed_prefix_list_entries", "Entries", PrefixListId=prefix_list)
    return [IPv4Network(each["Cidr"]) for each in entries if ":" not in each["Cidr"]]


def _group(group: Mapping[str, Any], lists: Mapping[str, tuple[IPv4Network, ...]]) -> SecurityGroup:
    return SecurityGroup(
        id=group["GroupId"],
        vpc_id=group["VpcId"],
        default=group["GroupName"] == "default",
        ingress=tuple(_rule(each, lists) for each in group["IpPermissions"]),
        egress=tuple(_rule(each, lists) for each in group["IpPermissionsEgress"]),
    )


def _rule(permission: Mapping[str, Any], lists: Mapping[str, tuple[IPv4Network, ...]]) -> Rule:
    return Rule(
        protocol=permission["IpProtocol"],
        first_port=permission.get("FromPort", 0),
        last_port=permission.get("ToPort", 65535),
        blocks=(
            *(IPv4Network(each["CidrIp"], strict=False) for each in permission["IpRanges"]),
            *(block for each in permission["PrefixListIds"] for block in lists[each["PrefixListId"]]),
        ),
        groups=frozenset(each["GroupId"] for each in permission["UserIdGroupPairs"]),
    )
