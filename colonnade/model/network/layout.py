"""A network with explicit zones and blocks, and the rules that keep its subnets apart.

For a deployment that must fit into an existing address plan; other deployments use the environment's network. Pure.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from colonnade.model import aws_limits
from colonnade.model.declared import Declared
from colonnade.model.errors import Fault
from colonnade.model.network.cidr_plan import cidr_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLayout(Declared):
    """A VPC with its subnets, zone by zone."""

    zones: tuple[str, ...]
    """The zones, by their letters: 'a' in eu-west-1 is eu-west-1a.

    Rule: two to six letters, each once.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
    Example: ("a", "b")
    """
    vpc_cidr: str
    """The block of the VPC.

    Rule: /16 to /28, in private address space.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    Example: "10.1.0.0/16"
    """
    public_cidrs: tuple[str, ...]
    """A block for the public subnet of each zone, in the order of the zones.

    Rule: inside the VPC's block, without an overlap; /27 or larger, as the load balancer requires.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
    Example: ("10.1.0.0/24", "10.1.1.0/24")
    """
    private_cidrs: tuple[str, ...]
    """A block for the private subnet of each zone, in the order of the zones.

    Rule: inside the VPC's block, without an overlap; /28 or larger.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    Example: ("10.1.10.0/24", "10.1.11.0/24")
    """
    nat: Literal["single", "per_zone", "none"]
    """The NAT gateways, with the values of `nat` in an environment's `[network]`.

    Rule: `single`, `per_zone` or `none`.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    Example: "single"
    """


def layout_faults(layout: NetworkLayout, knows: Callable[..., bool]) -> Iterator[Fault]:
    """Yield the faults of a declared network; rules with unknown fields are skipped."""
    if knows("network.zones"):
        yield from _zone_faults(layout.zones)
    for kind, blocks in (("public", layout.public_cidrs), ("private", layout.private_cidrs)):
        if knows("network.zones", f"network.{kind}_cidrs") and len(blocks) != len(layout.zones):
            yield Fault(
                f"network.{kind}_cidrs has {len(blocks)} blocks for {len(layout.zones)} zones",
                "give one block for each zone",
            )
    if not knows("network.vpc_cidr"):
        return
    vpc_fault = cidr_fault(layout.vpc_cidr, 0)
    if vpc_fault is not None:
        yield Fault(f"network.vpc_cidr {layout.vpc_cidr!r} {vpc_fault.message}", _vpc_fix(layout, vpc_fault, knows))
    else:
        yield from _block_faults(layout, ipaddress.IPv4Network(layout.vpc_cidr))


def _vpc_fix(layout: NetworkLayout, fault: Fault, knows: Callable[..., bool]) -> str:
    """Return the fix of a VPC's block: a valid one around the declared subnets, or one with room for its zones."""
    zones = len(layout.zones) if knows("network.zones") else 0
    if knows("network.public_cidrs", "network.private_cidrs"):
        try:
            subnets = [ipaddress.IPv4Network(cidr) for _, cidr, _ in _blocks(layout)]
        except ValueError:
            subnets = []
        largest, smallest = aws_limits.VPC_PREFIX_LENGTHS
        own = re.fullmatch(r".*/(\d+)", layout.vpc_cidr)
        length = max(int(own[1]), largest) if own is not None else smallest
        around = [each for each in _supernets(subnets) if each.prefixlen <= length and cidr_fault(str(each), 0) is None]
        if around:
            return f"use '{around[0]}', which has its subnets"
    sized = cidr_fault(layout.vpc_cidr, min(zones, aws_limits.AVAILABILITY_ZONES[1]))
    return sized.fix if sized is not None else fault.fix


def _supernets(blocks: Sequence[ipaddress.IPv4Network]) -> Iterator[ipaddress.IPv4Network]:
    """Yield the blocks that contain all of `blocks`, smallest first; yield nothing if `blocks` is empty."""
    for first in blocks[:1]:
        for length in range(first.prefixlen, -1, -1):
            around = first.supernet(new_prefix=length)
            if all(each.subnet_of(around) for each in blocks):
                yield around


def _zone_faults(zones: tuple[str, ...]) -> Iterator[Fault]:
    least, most = aws_limits.AVAILABILITY_ZONES
    if not least <= len(zones) <= most:
        yield Fault(f"network.zones names {len(zones)} zones", f"allowed: {least} to {most}")
    for zone, count in Counter(zones).items():
        if not re.fullmatch(aws_limits.AVAILABILITY_ZONE_LETTER, zone):
            yield Fault(f"network.zones: {zone!r} is not a zone's letter", "write only the last letter, such as 'a'")
        elif count > 1:
            yield Fault(f"network.zones names {zone!r} {count} times", "name each zone once")


def _block_faults(layout: NetworkLayout, vpc: ipaddress.IPv4Network) -> Iterator[Fault]:
    sound: list[tuple[str, ipaddress.IPv4Network]] = []
    for field, cidr, smallest in _blocks(layout):
        fault = _block_fault(cidr, vpc, smallest)
        if fault is not None:
            yield Fault(f"network.{field} {cidr!r} {fault.message}", fault.fix)
        else:
            sound.append((field, ipaddress.IPv4Network(cidr)))
    for (_, one), (field, other) in combinations(sound, 2):
        if one.overlaps(other):
            yield Fault(f"network.{field} '{other}' overlaps '{one}'", "give each subnet a block of its own")


def _blocks(layout: NetworkLayout) -> Iterator[tuple[str, str, int]]:
    """Yield each subnet's field, block and smallest size."""
    yield from (("public_cidrs", cidr, aws_limits.LOAD_BALANCER_SUBNET_PREFIX_LENGTH) for cidr in layout.public_cidrs)
    yield from (("private_cidrs", cidr, aws_limits.SUBNET_PREFIX_LENGTH) for cidr in layout.private_cidrs)


def _block_fault(cidr: str, vpc: ipaddress.IPv4Network, smallest: int) -> Fault | None:
    try:
        block = ipaddress.IPv4Network(cidr, strict=False)
    except ValueError:
        return Fault("is not an IPv4 block", "write an address and a size, such as '10.0.0.0/24'")
    if str(block) != cidr:
        usable = block.subnet_of(vpc) and block.prefixlen <= smallest
        fix = f"use '{block}'" if usable else f"use a /{smallest} or larger inside the VPC's block '{vpc}'"
        return Fault("is not a block's first address with a prefix length", fix)
    if not block.subnet_of(vpc):
        return Fault(f"is not inside the VPC's block '{vpc}'", "use a block inside it")
    if block.prefixlen > smallest:
        room = "" if vpc.prefixlen <= smallest else " in a larger network.vpc_cidr"
        return Fault(
            f"is smaller than /{smallest}, the minimum for this kind of subnet", f"use a /{smallest} or larger{room}"
        )
    return None
