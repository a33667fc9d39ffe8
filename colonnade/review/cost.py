"""What a month costs before and after, as an estimate: NAT gateways, load balancers, Fargate tasks, at list prices.

    prices.toml -> Prices; a plan's resources -> Item per thing that is paid by the hour

Nothing that depends on traffic is in it.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.review import task_definitions
from colonnade.review.directory import Directory
from colonnade.review.markdown import counted
from colonnade.review.plan_document import Change
from colonnade.review.values import blocks

_TABLE = Path(__file__).with_name("prices.toml")
_MIB_PER_GB = 1024
_CPU_UNITS_PER_VCPU = 1024
EXCLUDED = "data processing, capacity units of the load balancer, log ingestion, public addresses, transfer, storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Of one region, in USD."""

    as_of: str
    hours_per_month: float
    spot_discount: float
    sources: Mapping[str, str]
    hourly: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the estimate, on one side."""

    name: str
    """A service, or a kind of resource; the same on both sides."""
    detail: str
    monthly: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One side of the plan."""

    items: tuple[Item, ...]
    unknown: tuple[str, ...]
    """Services whose size or number of tasks the plan does not tell."""

    @property
    def monthly(self) -> float:
        return sum(item.monthly for item in self.items)


@functools.cache
def prices(region: str) -> Prices | None:
    """The prices of a region; None for one that the table does not have."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    hourly = table["regions"].get(region)
    if hourly is None:
        return None
    return Prices(
        as_of=table["as_of"],
        hours_per_month=table["hours_per_month"],
        spot_discount=table["spot"]["discount"],
        sources=table["sources"],
        hourly=hourly,
    )


def estimate(changes: Sequence[Change], directory: Directory, table: Prices, *, after: bool) -> Estimate:
    """What the resources on one side of the plan cost."""
    there = [change for change in changes if not change.deposed and change.side(after=after) is not None]
    items: list[Item] = []
    for type_, name, price in (
        ("aws_nat_gateway", "NAT gateways", "nat_gateway_hour"),
        ("aws_lb", "load balancers", "load_balancer_hour"),
    ):
        count = sum(1 for change in there if change.type == type_)
        if count:
            items.append(
                Item(name=name, detail=str(count), monthly=count * table.hourly[price] * table.hours_per_month)
            )
    unknown: list[str] = []
    for change in there:
        if change.type == "aws_ecs_service":
            item = _tasks(change, directory, table, after=after)
            if item is None:
                unknown.append(directory.service(change))
            else:
                items.append(item)
    return Estimate(items=tuple(items), unknown=tuple(sorted(unknown)))


def _tasks(service: Change, directory: Directory, table: Prices, *, after: bool) -> Item | None:
    values = service.side(after=after) or {}
    definition = directory.referred(service, ("task_definition",), after=after)
    # In place of a revision that the configuration refers to, the state's is found by its ARN.
    size = (definition.side(after=after) or {}) if definition is not None else {}
    cpu, memory, count = _number(size.get("cpu")), _number(size.get("memory")), _number(values.get("desired_count"))
    if cpu is None or memory is None or count is None:
        return None
    arm = task_definitions.architecture(size) == "ARM64"
    kind = "arm" if arm else "x86"
    vcpu, gigabyte = table.hourly[f"fargate_{kind}_vcpu_hour"], table.hourly[f"fargate_{kind}_gb_hour"]
    hourly = cpu / _CPU_UNITS_PER_VCPU * vcpu + memory / _MIB_PER_GB * gigabyte
    spot = sum(_spot_shares(values.get("capacity_provider_strategy"), count))
    monthly = count * hourly * (1 - spot * table.spot_discount) * table.hours_per_month
    detail = (
        f"{counted(f'{count:g}', 'task')}, {cpu:g} CPU, {memory:g} MiB, {'ARM' if arm else 'x86'}{_spot_words(spot)}"
    )
    return Item(name=directory.service(service), detail=detail, monthly=monthly)


def _spot_words(share: float) -> str:
    return "" if share == 0 else ", Spot" if share == 1 else f", {share:.0%} Spot"


def _spot_shares(strategy: Any, count: float) -> Iterator[float]:
    """The share of the tasks that FARGATE_SPOT runs: each provider's base first, the rest by weight."""
    entries = blocks(strategy)
    bases = sum(_number(each.get("base")) or 0 for each in entries)
    weights = sum(_number(each.get("weight")) or 0 for each in entries)
    for entry in entries:
        if entry.get("capacity_provider") == "FARGATE_SPOT" and count:
            base = min(_number(entry.get("base")) or 0, count)
            weight = (_number(entry.get("weight")) or 0) / weights if weights else 0
            yield (base + max(count - bases, 0) * weight) / count


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
