"""The network of the account as EC2 lists it: security groups with their rules, and subnets. No I/O.

`reader` creates a `Network`. `allows` and `is_open` decide by it which connections may be opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, collapse_addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of IpPermissions or IpPermissionsEgress, with the entries of its prefix lists."""

    protocol: str
    """-1 for all protocols and ports."""
    first_port: int = 0
    last_port: int = 65535
    blocks: tuple[IPv4Network, ...] = ()
    groups: frozenset[str] = frozenset()
    """The security groups that the rule refers to; a group that refers to itself contains its own id."""

    def covers(self, port: int) -> bool:
        """Return True if the rule is about TCP on this port."""
        return self.protocol == "-1" or (self.protocol == "tcp" and self.first_port <= port <= self.last_port)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    id: str
    vpc_id: str = ""
    default: bool = False
    """True for the default security group of its VPC."""
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    vpc_id: str
    block: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One side of a connection: the security groups of its network interface, and the blocks that its address is in.

    Without security groups, nothing limits this side.
    """

    groups: tuple[SecurityGroup, ...] = ()
    blocks: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    security_groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    """By id."""
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    """By id."""

    def interface(self, group_ids: Iterable[str], subnet_ids: Iterable[str]) -> Interface:
        """Return the interface with these groups in one of these subnets.

        A group that does not exist has no rules. Without group ids, it has the default group of its VPC:
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
        """
        subnets = [self.subnets[each] for each in subnet_ids if each in self.subnets]
        ids = list(group_ids) or [
            group.id
            for group in self.security_groups.values()
            if group.default and group.vpc_id in {subnet.vpc_id for subnet in subnets}
        ]
        return Interface(
            groups=tuple(self.security_groups.get(each, SecurityGroup(id=each)) for each in ids),
            blocks=tuple(subnet.block for subnet in subnets),
        )


def allows(source: Interface, destination: Interface, port: int) -> bool:
    """Return True if the security groups of both sides allow a TCP connection to this port.

    The rules of all groups of an interface count together:
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    out = not source.groups or _permitted([each.egress for each in source.groups], destination, port)
    return out and (not destination.groups or _permitted([each.ingress for each in destination.groups], source, port))


def is_open(interface: Interface, port: int) -> bool:
    """Return True if the interface's security groups let anyone in on this port."""
    return not interface.groups or any(rule.covers(port) for group in interface.groups for rule in group.ingress)


def _permitted(rules: Iterable[Iterable[Rule]], peer: Interface, port: int) -> bool:
    """Return True if a rule names a group of the peer, or if the rules' blocks contain each block of the peer."""
    covering = [rule for group in rules for rule in group if rule.covers(port)]
    if any(group.id in rule.groups for rule in covering for group in peer.groups):
        return True
    allowed = list(collapse_addresses(block for rule in covering for block in rule.blocks))
    return bool(peer.blocks) and all(any(block.subnet_of(each) for each in allowed) for block in peer.blocks)
