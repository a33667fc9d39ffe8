"""The estimated monthly cost before and after the plan, as Markdown."""

from __future__ import annotations

from colonnade.review.analysis.cost import CostChange, Item
from colonnade.review.markdown.text import code, counted, plain, table

_EXCLUDED = (
    "data processing, capacity units of the load balancer, log ingestion, Container Insights, public addresses, "
    "transfer, storage"
)


def cost_summary(cost: CostChange | None, region: str | None) -> str:
    """Return one line: the cost before, after and the difference, or the reason why there is no estimate."""
    if region is None:
        return "Cost: no estimate, as the plan does not have one known region"
    if cost is None:
        return f"Cost: no estimate, as there are no prices of region {code(region)}"
    change = cost.after.monthly - cost.before.monthly
    names = ", ".join(map(plain, cost.after.unknown))
    unknown = f"; excludes {names} (size unknown)" if names else ""
    amounts = (
        f"{cost.after.monthly:.2f} USD a month, as before"
        if round(change, 2) == 0
        else f"{cost.before.monthly:.2f} → {cost.after.monthly:.2f} USD a month, {change:+.2f}"
    )
    return f"Cost: about {amounts} (estimate, {plain(region)} list prices){unknown}"


def cost_lines(cost: CostChange) -> list[str]:
    """Return a table of the estimate's items, and the assumptions."""
    prices = cost.prices
    old, new = ({item.name: item for item in side.items} for side in (cost.before, cost.after))
    rows = [[plain(name), _cell(old.get(name)), _cell(new.get(name))] for name in dict.fromkeys([*old, *new])]
    rows.append(["**total**", f"**{cost.before.monthly:.2f}**", f"**{cost.after.monthly:.2f}**"])
    spot = f"Spot at a discount of {prices.spot_discount:.0%}, the maximum that AWS states."
    sources = " ".join(f"[{name.replace('_', ' ')}]({source})" for name, source in prices.sources.items())
    return [
        *table(("USD a month", "Before", "After"), rows),
        "",
        f"List prices of {prices.region}, {prices.as_of}, {prices.hours_per_month:g} hours; {spot} "
        f"Not included: {_EXCLUDED}. Sources: {sources}",
    ]


def _cell(item: Item | None) -> str:
    return f"{item.monthly:.2f} ({_detail(item)})" if item is not None else ""


def _detail(item: Item) -> str:
    size = item.size
    if size is None:
        return f"{item.count:g}"
    spot = "" if size.spot_share == 0 else ", Spot" if size.spot_share == 1 else f", {size.spot_share:.0%} Spot"
    architecture = "ARM" if size.arm else "x86"
    return (
        f"{counted(f'{item.count:g}', 'task')}, {size.cpu_units:g} CPU, {size.memory_mib:g} MiB, {architecture}{spot}"
    )
