"""Port ranges of security group rules, and their difference."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from colonnade.review.plan.values import UNKNOWN

_ALL = "-1"
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": _ALL}
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html"""
_HIGHEST = 65_535
_WIDEST_NETWORKS = {4: 8, 6: 7}
"""The prefix lengths of the largest private networks, 10.0.0.0/8 and fc00::/7.

A larger block includes internet addresses.
"""


@dataclass(frozen=True, slots=True, order=True)
class Ports:
    """A range of ports of one protocol, or of ICMP types. Protocol -1 means all protocols."""

    protocol: str
    first: int
    last: int

    def __str__(self) -> str:
        if self.protocol == _ALL:
            return "all ports of all protocols"
        if self.protocol.startswith("icmp"):
            return self.protocol
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        ports = "all ports" if (self.first, self.last) == (0, _HIGHEST) else ports
        return ports if self.protocol == "tcp" else f"{ports}/{self.protocol}"


def ports(protocol: Any, first: Any, last: Any) -> Ports:
    """Return the range of a rule's protocol and ports. A value that is not known yet counts as all."""
    name = str(protocol).lower() if protocol is not UNKNOWN else _ALL
    name = _PROTOCOLS.get(name, name)
    bounds = [bound if isinstance(bound, int) and bound >= 0 else None for bound in (first, last)]
    low, high = bounds
    if name == _ALL or low is None or high is None:
        return Ports(name, 0, _HIGHEST)
    return Ports(name, low, high)


def missing(wanted: Iterable[Ports], had: Iterable[Ports]) -> tuple[Ports, ...]:
    """Return the parts of the `wanted` ranges that no range of `had` covers."""
    existing = tuple(had)
    return tuple(sorted({part for each in wanted for part in _without(each, existing)}))


def _without(wanted: Ports, had: tuple[Ports, ...]) -> list[Ports]:
    left = [wanted]
    for each in had:
        if each.protocol in (_ALL, wanted.protocol):
            left = [part for piece in left for part in _outside(piece, each)]
    return left


def _outside(piece: Ports, taken: Ports) -> list[Ports]:
    sides = (
        Ports(piece.protocol, piece.first, min(piece.last, taken.first - 1)),
        Ports(piece.protocol, max(piece.first, taken.last + 1), piece.last),
    )
    return [side for side in sides if side.first <= side.last]


def is_internet(cidr: str) -> bool:
    """Return whether an address block is wider than any private network: 0.0.0.0/0, ::/0, or a large part of either."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    return network.prefixlen < _WIDEST_NETWORKS[network.version]
