"""The address plan of a VPC: a public and a private block for each availability zone.

The size of a block depends only on the VPC, public blocks start at its beginning and private blocks at its middle, so
adding a zone does not move the subnets of other zones. Pure arithmetic; `colonnade.modules.network` creates the
subnets, the environment's rules call `cidr_fault`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field

from colonnade.model import aws_limits
from colonnade.model.errors import Fault

_BITS_PER_VPC = 4
"""A VPC is divided into 16 blocks, 8 public and 8 private, or fewer if a load balancer requires larger ones."""

_PRIVATE_RANGES = tuple(ipaddress.IPv4Network(block) for block in aws_limits.PRIVATE_ADDRESS_RANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class CidrPlan:
    """The blocks of a VPC's subnets, zone by zone.

    Raises ValueError for a block that `cidr_fault` would have refused.
    """

    vpc_cidr: str
    """The VPC's block, such as 10.0.0.0/16."""
    zone_count: int
    """The number of availability zones in use."""
    public: tuple[str, ...] = field(init=False)
    """The public subnets' blocks, one per zone."""
    private: tuple[str, ...] = field(init=False)
    """The private subnets' blocks, one per zone."""

    def __post_init__(self) -> None:
        fault = cidr_fault(self.vpc_cidr, self.zone_count)
        if fault is not None:
            raise ValueError(f"VPC block {self.vpc_cidr!r} {fault.message}: {fault.fix}")
        vpc = ipaddress.IPv4Network(self.vpc_cidr)
        blocks = [str(block) for block in vpc.subnets(new_prefix=_subnet_prefix_length(vpc))]
        half = len(blocks) // 2
        object.__setattr__(self, "public", tuple(blocks[: self.zone_count]))
        object.__setattr__(self, "private", tuple(blocks[half : half + self.zone_count]))


def cidr_fault(vpc_cidr: str, zone_count: int) -> Fault | None:
    """Return the fault of a block without room for public and private subnets in `zone_count` zones, or None.

    The message continues a sentence that begins with the block: "has host bits set".
    """
    try:
        vpc = ipaddress.IPv4Network(vpc_cidr, strict=False)
    except ValueError:
        return Fault("is not an IPv4 block", "write an address and a size, such as '10.0.0.0/16'")
    if "/" not in vpc_cidr:
        return Fault(
            "has no size", f"write the size too, such as {_corrected(vpc.supernet(new_prefix=16), zone_count)}"
        )
    messages = list(_messages(vpc, vpc_cidr, zone_count))
    if not messages:
        return None
    others = "" if _is_private(vpc) else f", or another block in {', '.join(map(str, _PRIVATE_RANGES))}"
    return Fault(" and ".join(messages), f"use {_corrected(vpc, zone_count)}{others}")


def _messages(vpc: ipaddress.IPv4Network, vpc_cidr: str, zone_count: int) -> Iterator[str]:
    if str(vpc.network_address) != vpc_cidr.split("/")[0]:
        yield "has host bits set"
    elif str(vpc) != vpc_cidr:
        yield "does not give its size as a prefix length"
    if not _is_private(vpc):
        yield "is not private address space"
    largest, smallest = aws_limits.VPC_PREFIX_LENGTHS
    if not largest <= vpc.prefixlen <= smallest:
        yield f"is outside the sizes that a VPC allows, /{largest} to /{smallest}"
    elif not _fits(vpc, zone_count):
        yield (
            f"is too small for a public and a private subnet in each of {zone_count} zones, "
            f"/{aws_limits.LOAD_BALANCER_SUBNET_PREFIX_LENGTH} or larger as a load balancer requires"
        )


def _is_private(block: ipaddress.IPv4Network) -> bool:
    return any(block.subnet_of(private) for private in _PRIVATE_RANGES)


def _corrected(vpc: ipaddress.IPv4Network, zone_count: int) -> str:
    """Return, in quotes, the smallest valid block at this address or, if that is not private, at 10.0.0.0."""
    largest, smallest = aws_limits.VPC_PREFIX_LENGTHS
    start = vpc.network_address if _is_private(vpc) else _PRIVATE_RANGES[0].network_address
    for size in range(min(max(vpc.prefixlen, largest), smallest), largest - 1, -1):
        block = ipaddress.IPv4Network((start, size), strict=False)
        if _fits(block, zone_count):
            return repr(str(block))
    return "fewer zones"


def _fits(vpc: ipaddress.IPv4Network, zone_count: int) -> bool:
    return 2 * zone_count <= _block_count(vpc)


def _block_count(vpc: ipaddress.IPv4Network) -> int:
    bits = _subnet_prefix_length(vpc) - vpc.prefixlen
    return 1 << bits if bits >= 0 else 0


def _subnet_prefix_length(vpc: ipaddress.IPv4Network) -> int:
    return min(vpc.prefixlen + _BITS_PER_VPC, aws_limits.LOAD_BALANCER_SUBNET_PREFIX_LENGTH)
