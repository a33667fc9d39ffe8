"""The address plan of a VPC: a public and a private block for each availability zone.

The size of a block depends on the VPC alone and blocks are counted from fixed ends, so adding a zone moves no other
zone's subnets. Pure arithmetic; `modules.network` makes subnets of it, the environment's rules call `cidr_fault`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from modules.spec import aws_limits
from modules.spec.errors import Fault

_BITS_PER_VPC = 4
"""A VPC is cut into 16 blocks, 8 public and 8 private, unless they would get smaller than a load balancer takes."""

_PRIVATE_RANGES = tuple(ipaddress.IPv4Network(block) for block in aws_limits.PRIVATE_ADDRESS_RANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class CidrPlan:
    """The blocks of a VPC's subnets, zone by zone.

    Raises ValueError for a block that `cidr_fault` would have refused.
    """

    vpc_cidr: str
    """The VPC's block, such as 10.0.0.0/16."""
    zone_count: int
    """How many availability zones are used."""
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
    """What keeps `vpc_cidr` from holding a public and a private subnet in each of `zone_count` zones, if anything."""
    try:
        vpc = ipaddress.IPv4Network(vpc_cidr, strict=False)
    except ValueError:
        return Fault("is not an IPv4 block", "write an address and a size, such as '10.0.0.0/16'")
    if str(vpc) != vpc_cidr:
        message = "has bits set after its size" if "/" in vpc_cidr else "has no size"
        fix = f"use '{vpc}'" if "/" in vpc_cidr else "write an address and a size, such as '10.0.0.0/16'"
        return Fault(message, fix)
    if not any(vpc.subnet_of(private) for private in _PRIVATE_RANGES):
        return Fault("is not private address space", f"use a block in {', '.join(map(str, _PRIVATE_RANGES))}")
    return _size_problem(vpc, zone_count)


def _size_problem(vpc: ipaddress.IPv4Network, zone_count: int) -> Fault | None:
    largest, smallest = aws_limits.VPC_PREFIX_LENGTHS
    if not largest <= vpc.prefixlen <= smallest:
        return Fault(f"is not of a size that a VPC may have, /{largest} to /{smallest}", f"use a /{largest}")
    if 2 * zone_count <= _block_count(vpc):
        return None
    needed = next((size for size in range(vpc.prefixlen, largest - 1, -1) if _fits(vpc, size, zone_count)), None)
    load_balancer = f"a load balancer's subnet is at least a /{aws_limits.LOAD_BALANCER_SUBNET_PREFIX_LENGTH}"
    message = f"is too small for a public and a private subnet in each of {zone_count} zones; {load_balancer}"
    if needed is None:
        return Fault(message, f"use fewer zones: no VPC holds more than {2 ** (_BITS_PER_VPC - 1)}")
    return Fault(message, f"use a /{needed} or larger")


def _fits(vpc: ipaddress.IPv4Network, prefix_length: int, zone_count: int) -> bool:
    return 2 * zone_count <= _block_count(vpc.supernet(new_prefix=prefix_length))


def _block_count(vpc: ipaddress.IPv4Network) -> int:
    bits = _subnet_prefix_length(vpc) - vpc.prefixlen
    return 1 << bits if bits >= 0 else 0


def _subnet_prefix_length(vpc: ipaddress.IPv4Network) -> int:
    return min(vpc.prefixlen + _BITS_PER_VPC, aws_limits.LOAD_BALANCER_SUBNET_PREFIX_LENGTH)
