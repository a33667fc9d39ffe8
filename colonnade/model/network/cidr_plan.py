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
        return Fault("has no size", f"write the size too, such as '{vpc_cidr}/16'")
    faults = list(_faults(vpc, vpc_cidr, zone_count))
    if not faults:
        return None
    return Fault(" and ".join(fault.message for fault in faults), "; ".join(fault.fix for fault in faults))


def _faults(vpc: ipaddress.IPv4Network, vpc_cidr: str, zone_count: int) -> Iterator[Fault]:
    if str(vpc.network_address) != vpc_cidr.split("/")[0]:
        yield Fault("has host bits set", f"use '{vpc}'")
    elif str(vpc) != vpc_cidr:
        yield Fault("does not give its size as a prefix length", f"use '{vpc}'")
    if not any(vpc.subnet_of(private) for private in _PRIVATE_RANGES):
        yield Fault("is not private address space", f"use a block in {', '.join(map(str, _PRIVATE_RANGES))}")
    largest, smallest = aws_limits.VPC_PREFIX_LENGTHS
    if not largest <= vpc.prefixlen <= smallest:
        yield Fault(f"is outside the sizes that a VPC allows, /{largest} to /{smallest}", f"use a /{largest}")
    elif 2 * zone_count > _block_count(vpc):
        yield _too_small(vpc, zone_count)


def _too_small(vpc: ipaddress.IPv4Network, zone_count: int) -> Fault:
    sizes = range(vpc.prefixlen, aws_limits.VPC_PREFIX_LENGTHS[0] - 1, -1)
    needed = next((size for size in sizes if _fits(vpc, size, zone_count)), None)
    subnet = f"/{aws_limits.LOAD_BALANCER_SUBNET_PREFIX_LENGTH}"
    return Fault(
        f"is too small for a public and a private subnet in each of {zone_count} zones, {subnet} or larger as a load "
        f"balancer requires",
        f"use a /{needed} or larger" if needed is not None else "use fewer zones",
    )


def _fits(vpc: ipaddress.IPv4Network, prefix_length: int, zone_count: int) -> bool:
    return 2 * zone_count <= _block_count(vpc.supernet(new_prefix=prefix_length))


def _block_count(vpc: ipaddress.IPv4Network) -> int:
    bits = _subnet_prefix_length(vpc) - vpc.prefixlen
    return 1 << bits if bits >= 0 else 0


def _subnet_prefix_length(vpc: ipaddress.IPv4Network) -> int:
    return min(vpc.prefixlen + _BITS_PER_VPC, aws_limits.LOAD_BALANCER_SUBNET_PREFIX_LENGTH)
