"""Port ranges of security group rules, and their difference."""

from __future__ import annotations

import functools
import ipaddress
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from colonnade.review.plan.values import UNKNOWN

T = TypeVar("T")
_ALL = "-1"
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": _ALL}
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html"""
_HIGHEST = 65_535
_WIDEST_NETWORKS = {4: 8, 6: 7}
"""The prefix lengths of the largest private networks, 10.0.0.0/8 and fc00::/7.

A larger block includes internet addresses.
"""
_PRIVATE = tuple(
    ipaddress.ip_network(block)
    for block in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)
_MOST_PUBLIC = {4: 2 ** (32 - 7), 6: 2 ** (128 - 16)}
"""The number of public addresses from which on blocks together count as the internet: a /7, and a /16 of IPv6.

A registry of one continent assigns a /12 of IPv6: https://www.iana.org/assignments/ipv6-unicast-address-assignments
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


def shared_ranges(several: Sequence[tuple[Ports, T]]) -> Iterator[tuple[Ports, list[T]]]:
    """Yield ranges without a boundary within, each with all owners of a range that includes it."""
    for protocol in sorted({each.protocol for each, _ in several}):
        own = [(each, owner) for each, owner in several if each.protocol in (protocol, _ALL)]
        starts = sorted({bound for each, _ in own for bound in (each.first, each.last + 1)})
        for first, end in itertools.pairwise(starts):
            owners = [owner for each, owner in own if each.first <= first and end - 1 <= each.last]
            if owners:
                yield Ports(protocol, first, end - 1), owners


def are_internet(cidrs: Iterable[str]) -> bool:
    """Return whether address blocks together have more public addresses than an organization uses."""
    public: dict[int, list[Any]] = {}
    for network in map(_public, cidrs):
        if network is not None:
            public.setdefault(network.version, []).append(network)
    return any(
        sum(each.num_addresses for each in networks) >= _MOST_PUBLIC[version]
        and sum(each.num_addresses for each in ipaddress.collapse_addresses(networks)) >= _MOST_PUBLIC[version]
        for version, networks in public.items()
    )


@functools.lru_cache(maxsize=4096)
def _public(cidr: str) -> Any:
    """Return an address block that is not within a private network, as a network; None for any other string."""
    try:
        network: Any = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None
    private = any(network.version == each.version and network.subnet_of(each) for each in _PRIVATE)
    return None if private else network


def is_internet(cidr: str) -> bool:
    """Return whether an address block is wider than any private network: 0.0.0.0/0, ::/0, or a large part of either."""
    network = _public(cidr)
    return network is not None and network.prefixlen < _WIDEST_NETWORKS[network.version]
