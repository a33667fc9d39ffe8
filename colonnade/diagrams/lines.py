"""The lines of the diagram: requests, calls between services, and traffic to the internet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import svg

from colonnade.diagrams.connections import Connection, meeting_order
from colonnade.diagrams.deployed import INTERNET, Deployed
from colonnade.diagrams.layout import LANE_WIDTH, LINE_HEIGHT, PAD, Box, Layout
from colonnade.diagrams.lettering import text_width
from colonnade.diagrams.shapes import bracket, curve, straight, text


def lines(deployed: Deployed, layout: Layout) -> Iterator[svg.Element]:
    """Yield the lines with their arrowheads and labels."""
    yield from _to_load_balancer(deployed, layout)
    yield from _requests(deployed, layout)
    yield from _calls(layout)
    yield from _to_internet(layout)
    yield from _legend(deployed, layout)


def _to_load_balancer(deployed: Deployed, layout: Layout) -> Iterator[svg.Element]:
    above, x = layout.client, layout.load_balancer.center
    if layout.domain is not None:
        above = layout.domain
        yield from straight((layout.client.right, above.middle), (above.x, above.middle), "request")
    yield from straight((x, above.bottom), (x, layout.load_balancer.y), "request")
    ports = " and ".join(map(str, deployed.open_ports))
    clients = "the internet" if INTERNET in deployed.clients else "some networks"
    words = f"open to {clients} on {ports}"
    yield text(x + 12, above.bottom + 30, words, "detail", width=260, ink="muted")


def _requests(deployed: Deployed, layout: Layout) -> Iterator[svg.Element]:
    """Yield the lines from each rule to the services that it forwards to, in order from the top at both ends."""
    arriving: dict[str, list[int]] = defaultdict(list)
    for place, rule in enumerate(deployed.rules):
        for share in rule.shares:
            arriving[share.service].append(place)
    for place, rule in enumerate(deployed.rules):
        shares = sorted(rule.shares, key=lambda share: layout.services[share.service].y)
        for number, share in enumerate(shares):
            start, end = layout.rules[place], layout.services[share.service]
            y = _spread(start, number, len(shares))
            rules = arriving[share.service]
            tip = (end.x, _spread(end, rules.index(place), len(rules)))
            thickness = 1.4 + round(share.percent / 100, 1)
            yield from curve((start.right, y), tip, thickness=thickness, dashed=share.percent == 0)
    for place, rule in enumerate(deployed.rules):
        shares = sorted(rule.shares, key=lambda share: layout.services[share.service].y)
        for number, share in enumerate(shares if len(shares) > 1 else ()):
            start = layout.rules[place]
            y = _spread(start, number, len(shares)) + 4
            yield text(start.right - 8, y, f"{share.percent:g} %", "small", width=60, end=True)


def _spread(place: Box, number: int, total: int) -> int:
    """Return the y coordinate at which line `number` of `total` meets the side of a box."""
    return place.y + place.height * (number + 1) // (total + 1)


def _calls(layout: Layout) -> Iterator[svg.Element]:
    for each in layout.connections:
        upper, lower = (_meeting_y(name, each, layout) for name in (each.upper, each.lower))
        x = layout.services[each.upper].right
        heads = [y for y, called in ((upper, each.up), (lower, each.down)) if called]
        yield from bracket(x, upper, lower, x + PAD + 4 + each.lane * LANE_WIDTH, heads=heads)


def _meeting_y(service: str, connection: Connection, layout: Layout) -> int:
    meeting = meeting_order(service, layout.connections)
    return _spread(layout.services[service], meeting.index(connection), len(meeting))


def _to_internet(layout: Layout) -> Iterator[svg.Element]:
    if not layout.nat_gateways:
        return
    first, last = layout.nat_gateways[0], layout.nat_gateways[-1]
    yield from straight((layout.private.x, last.middle), (last.right, last.middle), "out")
    for nat in layout.nat_gateways:
        yield from straight((nat.center, nat.bottom), (nat.center, layout.vpc.bottom + 14), "out")
    words = "to the internet: image pulls, logs, AWS's APIs"
    yield text(first.x, layout.vpc.bottom + 32, words, "detail", width=layout.public.width, ink="muted")


def _legend(deployed: Deployed, layout: Layout) -> Iterator[svg.Element]:
    y = layout.vpc.bottom + 28
    if deployed.added:
        words = f"also in this state: {', '.join(deployed.added)}"
        yield text(layout.vpc.x, y + 4 + LINE_HEIGHT, words, "detail", width=layout.vpc.width, ink="muted")
    entries = [("request", "requests")]
    if deployed.calls:
        entries.append(("call", "calls that security groups allow"))
    x = layout.private.x
    for kind, words in entries:
        yield from straight((x, y), (x + 28, y), kind)
        yield text(x + 38, y + 4, words, "detail", width=260, ink="muted")
        x += 38 + text_width(words, "detail") + 24
