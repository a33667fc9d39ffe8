"""The layout of a diagram: rules in rows on the left, services in the same rows on the right.

Pure functions on numbers, in pixels. Each column is as wide as its longest text, up to a limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from colonnade.diagrams.connections import Connection, connections
from colonnade.diagrams.deployed import Deployed, Rule, Service
from colonnade.diagrams.lettering import text_width

MARGIN, PAD, BAR = 24, 16, 5
ROW_HEIGHT, ROW_GAP = 76, 14
LANE_WIDTH = 16
CHIP_HEIGHT, CHIP_GAP, CHIPS_PER_ROW = 24, 8, 2
AISLE = 26
"""The gap between adjacent subnets, through which the line to the load balancer passes."""
LINE_HEIGHT = 19
NAT_HEIGHT = 46
PERCENT_WIDTH = 58

_TOP_ROW, _TOP_HEIGHT, _WAY_DOWN = 96, 70, 52
_VPC_HEADING, _SUBNETS_HEADING = 34, 30
_LEAST_COLUMN, _WIDEST_COLUMN = 392, 500
_CLIENT_WIDTH = 130
_LEGEND_HEIGHT = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def center(self) -> int:
        return self.x + self.width // 2

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The boxes of a diagram."""

    canvas: Box
    client: Box
    domain: Box | None
    state: Box
    vpc: Box
    public: Box
    private: Box
    load_balancer: Box
    rules: tuple[Box, ...]
    """In the order of the rules."""
    services: Mapping[str, Box]
    connections: tuple[Connection, ...]
    nat_gateways: tuple[Box, ...]
    """In the order of the zones that have a NAT gateway."""
    legend_y: int


def load_balancer_lines(deployed: Deployed) -> int:
    """Return the number of lines above the rules: heading, name, and one for each listener."""
    return 2 + len(deployed.listeners)


def lay_out(deployed: Deployed) -> Layout:
    """Return the boxes of a deployment's diagram."""
    row_of = service_rows(deployed.rules, deployed.services)
    found = connections(deployed.calls, row_of)
    columns, rows = _columns(deployed, found), _rows(deployed, row_of)
    load_balancer = Box(
        x=columns.load_balancer,
        y=rows.content,
        width=columns.rule_width + 2 * PAD,
        height=rows.row(len(deployed.rules)) - ROW_GAP + PAD - rows.content,
    )
    vpc = Box(x=MARGIN, y=rows.vpc, width=columns.vpc_right - MARGIN, height=rows.subnets_bottom + PAD - rows.vpc)
    height = rows.subnets_bottom - rows.subnets
    legend_height = _LEGEND_HEIGHT + (LINE_HEIGHT if deployed.added else 0)
    return Layout(
        canvas=Box(x=0, y=0, width=vpc.right + MARGIN, height=vpc.bottom + legend_height + MARGIN // 2),
        vpc=vpc,
        public=Box(x=MARGIN + PAD, y=rows.subnets, width=load_balancer.width + 2 * PAD, height=height),
        private=Box(x=columns.private, y=rows.subnets, width=columns.private_width, height=height),
        load_balancer=load_balancer,
        client=_client(deployed, load_balancer),
        domain=_domain(deployed, load_balancer),
        state=Box(x=columns.private, y=_TOP_ROW, width=columns.private_width, height=_TOP_HEIGHT),
        rules=tuple(
            Box(x=load_balancer.x + PAD, y=rows.row(place), width=columns.rule_width, height=ROW_HEIGHT)
            for place in range(len(deployed.rules))
        ),
        services={
            name: Box(x=columns.private + PAD, y=rows.row(row), width=columns.service_width, height=ROW_HEIGHT)
            for name, row in row_of.items()
        },
        connections=found,
        nat_gateways=tuple(_side_by_side(_nat_count(deployed), load_balancer, rows.nat)),
        legend_y=vpc.bottom + 16,
    )


def service_rows(rules: Sequence[Rule], services: Sequence[Service]) -> dict[str, int]:
    """Return the row of each service: the row of its own rule if it has one, so that most lines are horizontal."""
    rule_count = Counter(share.service for rule in rules for share in rule.shares)
    row_of: dict[str, int] = {}
    for row, rule in enumerate(rules):
        waiting = [share.service for share in rule.shares if share.service not in row_of]
        if waiting:
            row_of[min(waiting, key=lambda name: rule_count[name])] = row
    free = (row for row in count() if row not in row_of.values())
    for service in services:
        if service.name not in row_of:
            row_of[service.name] = next(free)
    return row_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    load_balancer: int
    rule_width: int
    private: int
    private_width: int
    service_width: int

    @property
    def vpc_right(self) -> int:
        return self.private + self.private_width + PAD


def _columns(deployed: Deployed, found: Sequence[Connection]) -> _Columns:
    rule_width = _limited(map(_rule_width, deployed.rules))
    service_width = _limited(map(_service_width, deployed.services))
    lanes = max((each.lane for each in found), default=-1) + 1
    crossing = sum(len(rule.shares) for rule in deployed.rules) - len(deployed.services)
    # Curves that cross need space to be distinguishable.
    gap = 44 + min(8 * max(crossing, 0), 72)
    load_balancer = MARGIN + 2 * PAD
    return _Columns(
        load_balancer=load_balancer,
        rule_width=rule_width,
        private=load_balancer + rule_width + 3 * PAD + gap,
        private_width=service_width + 2 * PAD + lanes * LANE_WIDTH,
        service_width=service_width,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    vpc: int
    subnets: int
    content: int
    first: int
    nat: int
    subnets_bottom: int

    def row(self, place: int) -> int:
        return self.first + place * (ROW_HEIGHT + ROW_GAP)


def _rows(deployed: Deployed, row_of: Mapping[str, int]) -> _Rows:
    vpc = _TOP_ROW + _TOP_HEIGHT + _WAY_DOWN
    subnets = vpc + _VPC_HEADING
    zone_count = max(Counter(each.public for each in deployed.subnets).values())
    chip_rows = -(-zone_count // CHIPS_PER_ROW)
    content = subnets + _SUBNETS_HEADING + chip_rows * (CHIP_HEIGHT + CHIP_GAP) + CHIP_GAP
    first = content + load_balancer_lines(deployed) * LINE_HEIGHT + PAD + 6
    row_count = max(len(deployed.rules), *(row + 1 for row in row_of.values()))
    nat = first + row_count * (ROW_HEIGHT + ROW_GAP) - ROW_GAP + 2 * PAD
    bottom = nat + NAT_HEIGHT + PAD if _nat_count(deployed) else nat
    return _Rows(vpc=vpc, subnets=subnets, content=content, first=first, nat=nat, subnets_bottom=bottom)


def _nat_count(deployed: Deployed) -> int:
    return sum(each.has_nat_gateway for each in deployed.subnets)


def _client(deployed: Deployed, load_balancer: Box) -> Box:
    width = load_balancer.width if deployed.domain_name is None else _CLIENT_WIDTH
    return Box(x=load_balancer.x, y=_TOP_ROW, width=width, height=_TOP_HEIGHT)


def _domain(deployed: Deployed, load_balancer: Box) -> Box | None:
    x = load_balancer.x + _CLIENT_WIDTH + 44
    width = load_balancer.right - x
    return Box(x=x, y=_TOP_ROW, width=width, height=_TOP_HEIGHT) if deployed.domain_name is not None else None


def _side_by_side(number: int, column: Box, y: int) -> Iterator[Box]:
    width = (column.width - (number - 1) * CHIP_GAP) // max(number, 1)
    for place in range(number):
        yield Box(x=column.x + place * (width + CHIP_GAP), y=y, width=width, height=NAT_HEIGHT)


def _rule_width(rule: Rule) -> int:
    texts = [text_width(condition, "code") for condition in rule.conditions]
    if rule.answer is not None:
        texts.append(text_width(f"answers {rule.answer}", "small"))
    return max(texts, default=0) + BAR + 2 * PAD + (PERCENT_WIDTH if rule.shares else 0)


def _service_width(service: Service) -> int:
    name = text_width(service.name, "name") + text_width(f"  {port_text(service)}", "code")
    detail = text_width(tasks_text(service) + "   " + size_text(service), "detail")
    discovery = text_width(service.discovery_name or "", "small")
    return max(name, detail, discovery) + BAR + 2 * PAD


def port_text(service: Service) -> str:
    """Return the port, or 'worker' for a service without one."""
    return f":{service.port}" if service.port is not None else "worker"


def tasks_text(service: Service) -> str:
    """Return the number of tasks, their capacity provider and their architecture."""
    tasks = "1 task" if service.task_count == 1 else f"{service.task_count} tasks"
    return f"{tasks} \u00b7 {service.capacity} \u00b7 {service.architecture}"


def size_text(service: Service) -> str:
    """Return the CPU units and the memory of each task."""
    return f"{service.cpu_units} CPU \u00b7 {service.memory_mib} MiB"


def _limited(widths: Iterable[int]) -> int:
    return min(max(_LEAST_COLUMN, *widths), _WIDEST_COLUMN)
