"""The reader of EC2: security groups, the entries of their prefix lists, and subnets -> `Network`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.control_plane.network import Network, Rule, SecurityGroup, Subnet


def read_network(aws: AwsClients) -> Network:
    """Return every security group and subnet. IPv6 is not read, as tasks have addresses of IPv4 only."""
    groups = [
        each for page in aws.ec2.get_paginator("describe_security_groups").paginate() for each in page["SecurityGroups"]
    ]
    lists = _prefix_lists(aws, groups)
    return Network(
        security_groups={each["GroupId"]: _group(each, lists) for each in groups},
        subnets={
            each["SubnetId"]: Subnet(vpc_id=each["VpcId"], block=IPv4Network(each["CidrBlock"]))
            for page in aws.ec2.get_paginator("describe_subnets").paginate()
            for each in page["Subnets"]
        },
    )


def _prefix_lists(aws: AwsClients, groups: Sequence[Mapping[str, Any]]) -> dict[str, tuple[IPv4Network, ...]]:
    """Return the entries of the IPv4 prefix lists that the groups' rules name, by id."""
    ids = {
        each["PrefixListId"]
        for group in groups
        for permission in (*group["IpPermissions"], *group["IpPermissionsEgress"])
        for each in permission["PrefixListIds"]
    }
    return {id_: tuple(_entries(aws, id_)) for id_ in ids}


def _entries(aws: AwsClients, prefix_list: str) -> list[IPv4Network]:
    pages = aws.ec2.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=prefix_list)
    return [IPv4Network(each["Cidr"]) for page in pages for each in page["Entries"] if ":" not in each["Cidr"]]


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
