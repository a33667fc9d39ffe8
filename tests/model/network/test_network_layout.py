"""A network with explicit blocks: disjoint subnets inside the VPC, one of each kind per zone."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.model.declared_types import field_types, type_faults
from colonnade.model.errors import Fault
from colonnade.model.network.layout import NetworkLayout, layout_faults
from tests.support.specs import deployment, problems_of

LAYOUT = NetworkLayout(
    zones=("a", "b"),
    vpc_cidr="10.0.0.0/16",
    public_cidrs=("10.0.0.0/24", "10.0.1.0/24"),
    private_cidrs=("10.0.2.0/24", "10.0.3.0/24"),
    nat="single",
)
BLOCKS = st.builds(
    lambda first, size: str(ipaddress.IPv4Network((0x0A00_0000 + first * 16, size), strict=False)),
    st.integers(min_value=0, max_value=8191),
    st.integers(min_value=15, max_value=29),
)


def test_a_network_without_overlapping_subnets_passes() -> None:
    assert problems_of(deployment(network=LAYOUT)) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"zones": ("a", "a")}, "network.zones names 'a' 2 times\n    name each zone once"),
        (
            {"zones": ("a", "eu-west-1b")},
            "network.zones: 'eu-west-1b' is not a zone's letter\n    write only the last letter, such as 'a'",
        ),
        (
            {"private_cidrs": ("10.0.2.0/24",)},
            "network.private_cidrs has 1 blocks for 2 zones\n    give one block for each zone",
        ),
        (
            {"public_cidrs": ("10.0.0.0/24", "10.1.1.0/24")},
            "network.public_cidrs '10.1.1.0/24' is not inside the VPC's block '10.0.0.0/16'\n    use a block inside it",
        ),
        (
            {"public_cidrs": ("10.0.0.0/24", "10.0.1.1/24")},
            "network.public_cidrs '10.0.1.1/24' is not a block's first address with a prefix length\n"
            "    use '10.0.1.0/24'",
        ),
        (
            {"public_cidrs": ("10.0.0.0/24", "10.0.1")},
            "network.public_cidrs '10.0.1' is not an IPv4 block\n"
            "    write an address and a size, such as '10.0.0.0/24'",
        ),
        (
            {"public_cidrs": ("10.0.0.0/24", "10.0.1.0/28")},
            "network.public_cidrs '10.0.1.0/28' is smaller than /27, the minimum for this kind of subnet\n"
            "    use a /27 or larger",
        ),
        (
            {"private_cidrs": ("10.0.2.0/24", "10.0.1.128/28")},
            "network.private_cidrs '10.0.1.128/28' overlaps '10.0.1.0/24'\n    give each subnet a block of its own",
        ),
        (
            {"vpc_cidr": "8.0.0.0/16"},
            "network.vpc_cidr '8.0.0.0/16' is not private address space\n    use '10.0.0.0/16', which has its subnets",
        ),
        ({"nat": "two"}, str(next(type_faults("network.nat", field_types(NetworkLayout)["nat"], "two")))),
        (
            {"zones": "ab"},
            f"{next(type_faults('network.zones', tuple[str, ...], 'ab'))}",
        ),
    ],
)
def test_a_network_that_aws_would_refuse_is_refused(fields: dict[str, Any], problem: str) -> None:
    assert problems_of(deployment(network=replace(LAYOUT, **fields))) == [f"deployment 'shop': {problem}"]


def faults_of(layout: NetworkLayout) -> list[Fault]:
    return list(layout_faults(layout, lambda *_: True))


def test_one_zone_and_seven_zones_are_refused() -> None:
    one = replace(LAYOUT, zones=("a",), public_cidrs=("10.0.0.0/24",), private_cidrs=("10.0.2.0/24",))
    seven = tuple("abcdefg")

    assert [fault.message for fault in faults_of(one)] == ["network.zones names 1 zones"]
    assert "network.zones names 7 zones" in [fault.message for fault in faults_of(replace(LAYOUT, zones=seven))]


def test_all_faults_are_reported_at_once() -> None:
    wrong = replace(LAYOUT, zones=("a", "z"), public_cidrs=("10.0.0.0/24", "10.0.0.0/25"), private_cidrs=())

    assert [fault.message for fault in faults_of(wrong)] == [
        "network.zones: 'z' is not a zone's letter",
        "network.private_cidrs has 0 blocks for 2 zones",
        "network.public_cidrs '10.0.0.0/25' overlaps '10.0.0.0/24'",
    ]


@given(st.tuples(BLOCKS, BLOCKS), st.tuples(BLOCKS, BLOCKS))
@settings(deadline=None)
def test_valid_subnets_are_inside_the_vpc_and_do_not_overlap(public: tuple[str, ...], private: tuple[str, ...]) -> None:
    passes = not any(faults_of(replace(LAYOUT, public_cidrs=public, private_cidrs=private)))
    vpc = ipaddress.IPv4Network(LAYOUT.vpc_cidr)
    subnets = sorted(ipaddress.IPv4Network(block) for block in (*public, *private))
    apart = all(one.broadcast_address < other.network_address for one, other in pairwise(subnets))
    sized = all(ipaddress.IPv4Network(block).prefixlen <= 27 for block in public)

    assert passes == (apart and sized and all(subnet.subnet_of(vpc) and subnet.prefixlen <= 28 for subnet in subnets))
