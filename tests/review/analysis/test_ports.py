"""Claims about ports: the range of a rule, the difference of two sets, and address blocks of the internet."""

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
    """Return the ports one by one; protocol -1 stands for tcp, udp and one other protocol."""
    found: set[tuple[str, int]] = set()
    for each in several:
        protocols = ("tcp", "udp", "other") if each.protocol == "-1" else (each.protocol,)
        found |= {(protocol, port) for protocol in protocols for port in range(each.first, min(each.last, 60) + 1)}
    return found


@given(st.lists(ranges(), max_size=3), st.lists(ranges(), max_size=4))
def test_missing_ports_are_the_set_difference(wanted: list[Ports], had: list[Ports]) -> None:
    found = _single(list(missing(wanted, had)))
    expected = _single(wanted) - _single(had)
    assert expected <= found
    # A range of protocol -1 minus ports of a single protocol stays whole, as protocols are not listed one by one.
    if all(each.protocol != "-1" for each in wanted):
        assert found == expected


@given(st.lists(ranges(), max_size=4))
def test_no_ports_are_missing_between_equal_sets(several: list[Ports]) -> None:
    assert missing(several, several) == ()


@pytest.mark.parametrize(
    ("protocol", "first", "last", "label"),
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
def test_protocol_and_ports_are_read_as_in_aws_and_unknown_values_as_all(
    protocol: object, first: object, last: object, label: str
) -> None:
    assert str(ports(protocol, first, last)) == label


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3"])
def test_block_wider_than_a_private_network_is_the_internet(cidr: str) -> None:
    assert is_internet(cidr)


@given(st.ip_addresses(v=4), st.integers(8, 32))
def test_block_of_private_size_is_not_the_internet(address: ipaddress.IPv4Address, length: int) -> None:
    assert not is_internet(f"{address}/{length}")


def test_invalid_address_block_is_not_the_internet() -> None:
    assert not is_internet("(known after apply)")
