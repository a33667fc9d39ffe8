"""The clients that may reach a load balancer: IPv4 blocks, a prefix list, or the networks behind an internal one.

The environment's `[ingress]` applies to every deployment, and `[deployments.NAME.ingress]` replaces it for one. Pure.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.model import aws_limits
from colonnade.model.errors import Fault, suggestion

EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressSettings:
    """The `[ingress]` table, or `[deployments.NAME.ingress]`, which replaces it for one deployment."""

    cidrs: tuple[str, ...] = ()
    """The IPv4 blocks whose clients may connect to the load balancer.

    If neither `cidrs` nor `prefix_list` is set, the whole internet may connect.

    Rule: IPv4 blocks, each once; required, unless there is a prefix list, for an internal load balancer.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
    Example: ["203.0.113.0/24"]
    """
    prefix_list: str | None = None
    """A prefix list whose clients may connect, by its ID, or by its name if AWS manages it.

    These clients reach only port 443 or, without a domain, port 80. The reason: a security group counts all entries of
    the list for each port, and CloudFront's list counts as 55 of the 60 rules that a group may have.

    Rule: `pl-` and the ID, or the name of an AWS-managed IPv4 prefix list.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
    Example: "com.amazonaws.global.cloudfront.origin-facing"
    """
    internal: bool = False
    """True for a load balancer with private addresses only, in the private subnets.

    AWS cannot change this in place: a changed value replaces the load balancer.

    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-scheme
    """

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks whose clients may connect; 0.0.0.0/0 if neither blocks nor a prefix list are set."""
        return self.cidrs if self.cidrs or self.prefix_list is not None else (EVERYWHERE,)


def ingress_faults(path: str, values: Mapping[str, Any], region: str | None) -> Iterator[Fault]:
    """Yield the faults of the table at `path`. `values` contains its values of the right type by key."""
    for position, cidr in enumerate(values.get("cidrs", ())):
        yield from _cidr_faults(f"{path}.cidrs[{position}]", cidr, values["cidrs"][:position])
    prefix_list = values.get("prefix_list")
    if prefix_list is not None and region is not None:
        yield from _prefix_list_faults(f"{path}.prefix_list", prefix_list, region)
    if values.get("internal") and values.get("cidrs") == () and "prefix_list" in values and prefix_list is None:
        yield Fault(
            f"{path}.internal has neither cidrs nor a prefix list: no client on the internet reaches it",
            f'name the networks of its clients, such as {path}.cidrs = ["10.0.0.0/8"]',
        )


def security_group_faults(ingress: IngressSettings, *, ports: int, region: str) -> Iterator[Fault]:
    """Yield a fault if the load balancer's security group would have too many rules.

    `ports` is the number of its open ports.
    """
    weight = _weights(region).get(ingress.prefix_list, 0) if ingress.prefix_list is not None else 0
    count, most = len(ingress.blocks) * ports + weight, aws_limits.RULES_PER_SECURITY_GROUP
    if count > most:
        listed = f" and {weight} for prefix list {ingress.prefix_list!r}" if weight else ""
        yield Fault(
            f"{len(ingress.blocks)} blocks on {ports} ports{listed} are {count} rules; a security group has at most "
            f"{most}",
            f"use {(most - weight) // ports} blocks or fewer, or put them into a prefix list",
        )


def _cidr_faults(key: str, cidr: str, earlier: tuple[str, ...]) -> Iterator[Fault]:
    try:
        block = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        yield Fault(f"{key} {cidr!r} is not a block of addresses", "write an address and a size: '203.0.113.0/24'")
        return
    if block.version != 4:
        yield Fault(f"{key} {cidr!r} is an IPv6 block; the load balancer has IPv4 addresses only", "use IPv4 blocks")
    elif str(block) != cidr:
        yield Fault(f"{key} {cidr!r} is not a block's first address with a prefix length", f"use '{block}'")
    elif cidr in earlier:
        yield Fault(f"{key} {cidr!r} is listed twice", "list each block once")


def _prefix_list_faults(key: str, prefix_list: str, region: str) -> Iterator[Fault]:
    if not re.fullmatch(aws_limits.PREFIX_LIST_ID, prefix_list) and prefix_list not in _weights(region):
        yield Fault(
            f"{key} {prefix_list!r} is neither the ID of a prefix list nor the name of one that AWS manages",
            suggestion(prefix_list, _weights(region), label="write 'pl-...' or one of"),
        )


def _weights(region: str) -> dict[str, int]:
    return {name.format(region=region): weight for name, weight in aws_limits.PREFIX_LIST_WEIGHTS.items()}
