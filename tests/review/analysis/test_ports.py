"""Claims about ports: the range that a rule means, the difference of two sets, and which blocks are the internet."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.analysis.ports import Ports, is_internet, missing, ports
from colonnade.review.plan.values import UNKNOWN

PROTOCOLS = ("tcp", "udp", "-1")


@st.composite
def ranges(draw: st.DrawFn) -> Ports:
    protocol = draw(st.sampled_from(PROTOCOLS))
    if protocol == "-1":
        return ports(protocol, -1, -1)
    first, last = sorted((draw(st.integers(0, 50)), draw(st.integers(0, 50))))
    return Ports(protocol, first, last)


def _single(several: list[Ports]) -> set[tuple[str, int]]:
    """Every single port; everything is all of tcp, of udp and of one more protocol."""
    found: set[tuple[str, int]] = set()
    for each in several:
        protocols = ("tcp", "udp", "other") if each.protocol == "-1" else (each.protocol,)
        found |= {(protocol, port) for protocol in protocols for port in range(each.first, min(each.last, 60) + 1)}
    return found


@given(st.lists(ranges(), max_size=3), st.lists(ranges(), max_size=4))
def test_the_difference_is_exactly_the_ports_of_one_set_that_the_other_lacks(
    wanted: list[Ports], had: list[Ports]
) -> None:
    found = _single(list(missing(wanted, had)))
    expected = _single(wanted) - _single(had)
    assert expected <= found
    # The ports of every other protocol cannot be counted, so a part of everything is everything.
    if all(each.protocol != "-1" for each in wanted):
        assert found == expected


@given(st.lists(ranges(), max_size=4))
def test_a_set_misses_nothing_of_itself(several: list[Ports]) -> None:
    assert missing(several, several) == ()


@pytest.mark.parametrize(
    ("protocol", "first", "last", "words"),
    [
        ("tcp", 443, 443, "443"),
        ("6", 1, 1024, "1-1024"),
        ("udp", 53, 53, "53/udp"),
        ("-1", None, None, "all ports of all protocols"),
        ("-1", 0, 0, "all ports of all protocols"),
        ("tcp", None, None, "all ports"),
        ("tcp", UNKNOWN, 80, "all ports"),
        (UNKNOWN, 80, 80, "all ports of all protocols"),
        ("icmp", -1, -1, "icmp"),
    ],
)
def test_a_rule_s_three_values_are_read_as_aws_reads_them_and_unknown_ones_as_anything(
    protocol: object, first: object, last: object, words: str
) -> None:
    assert str(ports(protocol, first, last)) == words


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3"])
def test_what_holds_more_than_a_private_network_is_internet(cidr: str) -> None:
    assert is_internet(cidr)


@given(st.ip_addresses(v=4), st.integers(8, 32))
def test_no_network_that_could_be_private_is_internet(address: ipaddress.IPv4Address, length: int) -> None:
    assert not is_internet(f"{address}/{length}")


def test_what_is_no_address_block_is_not_the_internet() -> None:
    assert not is_internet("(known after apply)")
