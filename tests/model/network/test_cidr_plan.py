"""The address plan: disjoint blocks inside the VPC that do not move when zones are added."""

from __future__ import annotations

import ipaddress
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from colonnade.model.network.cidr_plan import CidrPlan, cidr_fault

ZONE_COUNTS = st.integers(min_value=2, max_value=6)


@st.composite
def vpc_blocks(draw: st.DrawFn) -> str:
    """Draw a block of 10.0.0.0/8 of any size from /16 to /28."""
    size = draw(st.integers(min_value=16, max_value=28))
    position = draw(st.integers(min_value=0, max_value=(1 << (size - 8)) - 1))
    return f"{ipaddress.IPv4Address((10 << 24) + (position << (32 - size)))}/{size}"


@given(vpc_blocks(), ZONE_COUNTS)
@settings(deadline=None)
def test_blocks_are_disjoint_inside_the_vpc_and_large_enough_for_a_load_balancer(vpc: str, zones: int) -> None:
    assume(cidr_fault(vpc, zones) is None)
    plan = CidrPlan(vpc_cidr=vpc, zone_count=zones)
    blocks = [ipaddress.ip_network(block) for block in plan.public + plan.private]

    assert len(plan.public) == len(plan.private) == zones
    assert not any(one.overlaps(other) for one, other in combinations(blocks, 2))
    assert all(block.subnet_of(ipaddress.ip_network(vpc)) for block in blocks)  # type: ignore[arg-type]
    assert all(block.prefixlen <= 27 for block in blocks)


@given(vpc_blocks(), ZONE_COUNTS)
@settings(deadline=None)
def test_adding_a_zone_moves_no_block(vpc: str, zones: int) -> None:
    assume(cidr_fault(vpc, zones + 1) is None)
    fewer, more = CidrPlan(vpc_cidr=vpc, zone_count=zones), CidrPlan(vpc_cidr=vpc, zone_count=zones + 1)

    assert more.public[:zones] == fewer.public
    assert more.private[:zones] == fewer.private


@given(vpc_blocks(), ZONE_COUNTS)
@settings(deadline=None)
def test_a_block_is_refused_exactly_if_it_has_no_room_for_two_load_balancer_subnets_per_zone(
    vpc: str, zones: int
) -> None:
    addresses = ipaddress.ip_network(vpc).num_addresses

    assert (cidr_fault(vpc, zones) is None) == (addresses >= 2 * zones * 32)


def test_a_typical_vpc_is_divided_into_sixteen_blocks() -> None:
    plan = CidrPlan(vpc_cidr="10.0.0.0/16", zone_count=2)

    assert plan.public == ("10.0.0.0/20", "10.0.16.0/20")
    assert plan.private == ("10.0.128.0/20", "10.0.144.0/20")


@pytest.mark.parametrize(
    ("vpc", "message", "fix"),
    [
        ("ten", "is not an IPv4 block", "write an address and a size, such as '10.0.0.0/16'"),
        ("fd00::/56", "is not an IPv4 block", "write an address and a size, such as '10.0.0.0/16'"),
        ("10.0.0.0/33", "is not an IPv4 block", "write an address and a size, such as '10.0.0.0/16'"),
        ("10.0.0.0", "has no size", "write the size too, such as '10.0.0.0/16'"),
        ("10.0.0.1/16", "has host bits set", "use '10.0.0.0/16'"),
        ("10.0.0.0/255.255.0.0", "does not give its size as a prefix length", "use '10.0.0.0/16'"),
        ("10.0.0.0/15", "is outside the sizes that a VPC allows, /16 to /28", "use '10.0.0.0/16'"),
        ("10.0.0.0/29", "is outside the sizes that a VPC allows, /16 to /28", "use '10.0.0.0/25'"),
        (
            "8.8.0.0/16",
            "is not private address space",
            "use '10.0.0.0/16', or another block in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
        ),
        (
            "10.0.0.0/26",
            "is too small for a public and a private subnet in each of 2 zones, /27 or larger as a load balancer "
            "requires",
            "use '10.0.0.0/25'",
        ),
    ],
)
def test_a_block_that_a_vpc_cannot_have_is_refused(vpc: str, message: str, fix: str) -> None:
    assert cidr_fault(vpc, 2) == (message, fix)
    with pytest.raises(ValueError, match="VPC block"):
        CidrPlan(vpc_cidr=vpc, zone_count=2)


def test_all_faults_of_a_block_are_reported_at_once() -> None:
    fault = cidr_fault("8.8.8.1/29", 2)

    assert fault is not None
    assert fault.message == (
        "has host bits set and is not private address space and is outside the sizes that a VPC allows, /16 to /28"
    )


def test_more_zones_than_the_largest_vpc_can_hold_are_refused() -> None:
    fault = cidr_fault("10.0.0.0/16", 9)

    assert fault is not None
    assert fault.fix == "use fewer zones"
