"""An estimate of the monthly cost before and after, at list prices, of NAT gateways, interface endpoints, load
balancers and Fargate tasks.

    prices.toml -> Prices; a plan's resources -> Item for each hourly charge -> Estimate of each side

Charges that depend on traffic are not included.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.review.analysis import task_definitions
from colonnade.review.plan.document import Change, Plan
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import UNKNOWN, blocks

_TABLE = Path(__file__).with_name("prices.toml")
_MIB_PER_GB = 1024
_CPU_UNITS_PER_VCPU = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The prices of one region, in USD."""

    region: str
    as_of: str
    hours_per_month: float
    spot_discount: float
    sources: Mapping[str, str]
    hourly: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSize:
    """The values of a service that the price of its tasks depends on."""

    cpu_units: float
    memory_mib: float
    arm: bool
    spot_share: float
    """The share of the tasks that run on Fargate Spot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the estimate for one side of the plan."""

    name: str
    """The service or the type of resource. An item has the same name before and after the plan."""
    count: float
    """The number of resources, or of the service's tasks."""
    size: TaskSize | None = None
    """The size of each task; None for other resources."""
    monthly: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The estimate for one side of the plan."""

    items: tuple[Item, ...]
    unknown: tuple[str, ...]
    """Services whose size or number of tasks the plan does not contain."""

    @property
    def monthly(self) -> float:
        """The sum of all items, in USD."""
        return sum(item.monthly for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostChange:
    """The estimates of both sides, at the prices of the plan's region."""

    prices: Prices
    before: Estimate
    after: Estimate


def cost_change(plan: Plan, index: ResourceIndex) -> CostChange | None:
    """Return the estimates of both sides; None if the plan's region or its prices are unknown."""
    table = prices(plan.region) if plan.region is not None else None
    if table is None:
        return None
    before, after = (estimate(plan.changes, index, table, after=side) for side in (False, True))
    return CostChange(prices=table, before=before, after=after)


@functools.cache
def prices(region: str) -> Prices | None:
    """Return the prices of a region; None if the table does not have the region."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    hourly = table["regions"].get(region)
    if hourly is None:
        return None
    return Prices(
        region=region,
        as_of=table["as_of"],
        hours_per_month=table["hours_per_month"],
        spot_discount=table["spot"]["discount"],
        sources=table["sources"],
        hourly=hourly,
    )


def estimate(changes: Sequence[Change], index: ResourceIndex, table: Prices, *, after: bool) -> Estimate:
    """Return the estimated cost of the resources on one side of the plan."""
    present = [change for change in changes if not change.deposed and change.side(after=after) is not None]
    items: list[Item] = []
    for name, price, count in (
        ("NAT gateways", "nat_gateway_hour", sum(change.type == "aws_nat_gateway" for change in present)),
        ("interface endpoints, by zone", "endpoint_zone_hour", sum(_endpoint_zones(each, after) for each in present)),
        ("load balancers", "load_balancer_hour", sum(change.type == "aws_lb" for change in present)),
    ):
        if count:
            items.append(Item(name=name, count=count, monthly=count * table.hourly[price] * table.hours_per_month))
    unknown: list[str] = []
    for change in present:
        if change.type == "aws_ecs_service":
            item = _tasks(change, index, table, after=after)
            if item is None:
                unknown.append(index.service(change))
            else:
                items.append(item)
    return Estimate(items=tuple(items), unknown=tuple(sorted(unknown)))


def _endpoint_zones(change: Change, after: bool) -> int:
    """Return the number of zones of an interface endpoint; 0 for a gateway endpoint, which is free, and others."""
    values = change.side(after=after) or {}
    if change.type != "aws_vpc_endpoint" or values.get("vpc_endpoint_type") != "Interface":
        return 0
    subnets = values.get("subnet_ids")
    if subnets is UNKNOWN:
        # Before the subnets exist, only the configuration shows how many there are.
        subnets = change.arguments.get("subnet_ids", {}).get("constant_value")
    return len(subnets) if isinstance(subnets, list) else 0


def _tasks(service: Change, index: ResourceIndex, table: Prices, *, after: bool) -> Item | None:
    values = service.side(after=after) or {}
    definition = index.referred(service, ("task_definition",), after=after)
    # The task definition is found by its ARN in the state, or by the reference to it in the configuration.
    size = (definition.side(after=after) or {}) if definition is not None else {}
    cpu, memory, count = _number(size.get("cpu")), _number(size.get("memory")), _count(values)
    if cpu is None or memory is None or count is None:
        return None
    arm = task_definitions.architecture(size) == "ARM64"
    kind = "arm" if arm else "x86"
    vcpu, gigabyte = table.hourly[f"fargate_{kind}_vcpu_hour"], table.hourly[f"fargate_{kind}_gb_hour"]
    hourly = cpu / _CPU_UNITS_PER_VCPU * vcpu + memory / _MIB_PER_GB * gigabyte
    spot = sum(_spot_shares(values.get("capacity_provider_strategy"), count))
    monthly = count * hourly * (1 - spot * table.spot_discount) * table.hours_per_month
    task = TaskSize(cpu_units=cpu, memory_mib=memory, arm=arm, spot_share=spot)
    return Item(name=index.service(service), count=count, size=task, monthly=monthly)


def _count(values: Mapping[str, Any]) -> float | None:
    # The provider sends 0 for null: https://github.com/hashicorp/terraform-provider-aws/issues/752
    return 0 if values.get("desired_count", UNKNOWN) is None else _number(values.get("desired_count"))


def _spot_shares(strategy: Any, count: float) -> Iterator[float]:
    """Yield the shares of the tasks that FARGATE_SPOT runs: each provider's base first, the rest by weight."""
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
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < math.inf else None
