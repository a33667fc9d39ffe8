"""The diagram of a deployment as an SVG document: `as_svg`.

Client and domain are at the top. Below them are the load balancer with its rules, in the public subnets, and the
services, in the private subnets, each in the row of its rule. Calls between services are on their right.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape  # svg-py does not escape text

import svg

from colonnade.diagrams.deployed import Deployed, Rule, Service, Subnet
from colonnade.diagrams.description import description, title
from colonnade.diagrams.layout import (
    AISLE,
    BAR,
    CHIP_GAP,
    CHIP_HEIGHT,
    CHIPS_PER_ROW,
    LINE_HEIGHT,
    MARGIN,
    PAD,
    PERCENT_WIDTH,
    Box,
    Layout,
    lay_out,
    port_text,
    size_text,
    tasks_text,
)
from colonnade.diagrams.lettering import style_sheet
from colonnade.diagrams.lines import lines
from colonnade.diagrams.shapes import bar, box, pair, text

_INSET = BAR + 12


def as_svg(deployed: Deployed) -> str:
    """Return a self-contained SVG document; equal deployments give equal documents."""
    layout = lay_out(deployed)
    canvas = layout.canvas
    drawing = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, canvas.width, canvas.height),
        width=canvas.width,
        height=canvas.height,
        extra={"role": "img", "aria-labelledby": "title description"},
        elements=[
            svg.Title(id="title", text=escape(title(deployed))),
            svg.Desc(id="description", text=escape(description(deployed))),
            svg.Style(text=style_sheet()),
            svg.Rect(x=0.5, y=0.5, width=canvas.width - 1, height=canvas.height - 1, rx=12, class_=["canvas"]),
            *_headline(deployed, layout),
            *_outside(deployed, layout),
            *_subnets(deployed, layout),
            *_load_balancer(deployed, layout),
            *_services(deployed, layout),
            *lines(deployed, layout),
        ],
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawing}\n'


def _headline(deployed: Deployed, layout: Layout) -> Iterator[svg.Element]:
    width = layout.canvas.width - 2 * MARGIN
    yield text(MARGIN, 46, deployed.name, "title", width=width)
    phases = sorted(set(deployed.phases.values()))
    parts = [f"environment {deployed.environment}", deployed.region, "drawn from the synthesized Terraform"]
    if phases:
        parts.insert(1, f"migration {' and '.join(phases)}")
    yield text(MARGIN, 69, " \u00b7 ".join(parts), "detail", width=width, ink="muted")


def _outside(deployed: Deployed, layout: Layout) -> Iterator[svg.Element]:
    if layout.domain is None or deployed.domain_name is None:
        own_name = ("at the load balancer's DNS name", "detail")
        yield from _card(layout.client, ("Client", "heading"), ("browsers, other systems", "detail"), own_name)
    else:
        yield from _card(layout.client, ("Client", "heading"), ("browsers,", "detail"), ("other systems", "detail"))
        alias = ("alias record in Route 53", "detail")
        yield from _card(layout.domain, (deployed.domain_name, "name"), alias, ("certificate of ACM", "detail"))
    bucket, key = deployed.state
    yield from _card(layout.state, ("Terraform state in S3", "heading"), (bucket, "small"), (key, "small"))


def _card(place: Box, *written: tuple[str, str]) -> Iterator[svg.Element]:
    """Yield a card with a heading and lines. Each is a string with its CSS class."""
    yield box(place, "card")
    yield bar(place, "plain-bar")
    for number, (words, kind) in enumerate(written):
        y = place.y + 24 + number * LINE_HEIGHT - (number > 0)
        ink = "ink" if number == 0 else "muted"
        yield text(place.x + _INSET, y, words, kind, width=place.width - _INSET - 12, ink=ink)


def _subnets(deployed: Deployed, layout: Layout) -> Iterator[svg.Element]:
    yield box(layout.vpc, "vpc", radius=12)
    yield text(layout.vpc.x + PAD, layout.vpc.y + 23, "VPC", "heading", width=80)
    yield text(layout.vpc.x + PAD + 42, layout.vpc.y + 23, deployed.vpc_cidr, "code", width=200, ink="muted")
    for place, public in ((layout.public, True), (layout.private, False)):
        yield box(place, "public" if public else "private", radius=10)
        internal = public and deployed.internal  # the load balancer is then in the private subnets
        heading = "Internal" if internal else f"{'Public' if public else 'Private'} subnets"
        yield text(place.x + PAD, place.y + 23, heading, "heading", width=place.width - 2 * PAD)
        subnets = [subnet for subnet in deployed.subnets if subnet.public is public and not internal]
        for number, subnet in enumerate(subnets):
            yield from _chip(place, number, subnet)
    zones = [subnet.zone for subnet in deployed.subnets if subnet.has_nat_gateway]
    for nat, zone in zip(layout.nat_gateways, zones, strict=True):
        yield box(nat, "card")
        yield bar(nat, "out-head")
        yield text(nat.x + _INSET, nat.y + 20, "NAT gateway", "heading", width=nat.width - _INSET)
        yield text(nat.x + _INSET, nat.y + 37, zone, "small", width=nat.width - _INSET, ink="muted")


def _chip(half: Box, number: int, subnet: Subnet) -> Iterator[svg.Element]:
    aisle = AISLE if subnet.public else CHIP_GAP
    width = (half.width - 2 * PAD - (CHIPS_PER_ROW - 1) * aisle) // CHIPS_PER_ROW
    row, column = divmod(number, CHIPS_PER_ROW)
    place = Box(
        x=half.x + PAD + column * (width + aisle),
        y=half.y + 34 + row * (CHIP_HEIGHT + CHIP_GAP),
        width=width,
        height=CHIP_HEIGHT,
    )
    yield box(place, "chip", radius=12)
    yield from pair(place, place.y + 16, (subnet.zone, "small"), (subnet.cidr_block, "small"), inset=10)


def _load_balancer(deployed: Deployed, layout: Layout) -> Iterator[svg.Element]:
    place = layout.load_balancer
    x, width = place.x + PAD, place.width - 2 * PAD
    yield box(place, "card")
    yield text(x, place.y + 24, "Application Load Balancer", "heading", width=width)
    yield text(x, place.y + 24 + LINE_HEIGHT, deployed.load_balancer, "small", width=width, ink="muted")
    for number, listener in enumerate(deployed.listeners, start=2):
        words = f"{listener.protocol} on {listener.port}: {_listener_text(listener.rules)}"
        yield text(x, place.y + 24 + number * LINE_HEIGHT, words, "detail", width=width, ink="muted")
    for row, rule in zip(layout.rules, deployed.rules, strict=True):
        yield from _rule(row, rule, alone=len(deployed.rules) == 1)


def _listener_text(rules: tuple[Rule, ...]) -> str:
    only = rules[0].answer if len(rules) == 1 else None
    if only is not None:
        return f"answers {only}"
    return "the first matching rule applies" if len(rules) > 1 else "one rule for every request"


def _services(deployed: Deployed, layout: Layout) -> Iterator[svg.Element]:
    x, y = layout.private.x + PAD, layout.load_balancer.y + 24
    width = layout.private.width - 2 * PAD
    yield text(x, y, "Services on ECS", "heading", width=width)
    written = ["tasks over all zones; to the internet by NAT"]
    if any(service.discovery_name is not None for service in deployed.services):
        written.append("names in Cloud Map, for calls from task to task")
    for number, words in enumerate(written, start=1):
        yield text(x, y + number * LINE_HEIGHT, words, "detail", width=width, ink="muted")
    for service in deployed.services:
        yield from _service(layout.services[service.name], service)


def _rule(place: Box, rule: Rule, *, alone: bool) -> Iterator[svg.Element]:
    yield box(place, "row")
    yield bar(place, "request-head" if rule.shares else "plain-bar")
    x, width = place.x + _INSET, place.width - _INSET - 12
    heading = "default rule" if rule.priority is None else f"priority {rule.priority}"
    yield text(x, place.y + 22, heading, "detail", width=width, ink="muted")
    room = width - (PERCENT_WIDTH if len(rule.shares) > 1 else 0)
    for number, (words, kind) in enumerate(_conditions(rule, alone=alone), start=1):
        yield text(x, place.y + 24 + number * LINE_HEIGHT, words, kind, width=room)
    if rule.answer is not None:
        answer = f"answers {rule.answer}"
        yield text(x, place.y + 24 + 2 * LINE_HEIGHT, answer, "small", width=width, ink="muted")


def _conditions(rule: Rule, *, alone: bool) -> Iterator[tuple[str, str]]:
    """Yield at most two lines, each with its kind."""
    if not rule.conditions:
        yield ("every path" if alone else "any other path"), "detail"
        return
    first, *others = rule.conditions
    yield first, "code"
    if others:
        more = len(others) - 1
        yield (f"{others[0]} and {more} more" if more else others[0]), "code"


def _service(place: Box, service: Service) -> Iterator[svg.Element]:
    yield box(place, "card")
    yield bar(place, "request-head")
    yield from pair(place, place.y + 24, (service.name, "name"), (port_text(service), "code"), inset=_INSET)
    yield from pair(place, place.y + 44, (tasks_text(service), "detail"), (size_text(service), "detail"), inset=_INSET)
    if service.discovery_name is not None:
        width = place.width - 2 * _INSET
        yield text(place.x + _INSET, place.y + 63, service.discovery_name, "small", width=width, ink="call-head")
