"""What a month costs before and after, as Markdown, always as an estimate."""

from __future__ import annotations

from colonnade.review.cost import EXCLUDED, Estimate, Item, Prices, estimate, prices
from colonnade.review.directory import Directory
from colonnade.review.markdown import code, plain, table
from colonnade.review.plan_document import Plan


def cost_summary(plan: Plan, directory: Directory) -> str:
    """One line: before, after and the difference, or why there is none."""
    if plan.region is None:
        return "Cost: no estimate, as the plan does not tell its region"
    known = prices(plan.region)
    if known is None:
        return (
            f"Cost: no estimate, as there are no prices of region {code(plan.region)} in `colonnade/review/prices.toml`"
        )
    before, after = _sides(plan, directory, known)
    change = after.monthly - before.monthly
    unknown = f"; without {', '.join(map(plain, after.unknown))}, whose size is not known" if after.unknown else ""
    if round(change, 2) == 0:
        return f"Cost: about {after.monthly:.2f} USD a month, as before (estimate, {plan.region} list prices){unknown}"
    return (
        f"Cost: about {before.monthly:.2f} → {after.monthly:.2f} USD a month, {change:+.2f} "
        f"(estimate, {plan.region} list prices){unknown}"
    )


def cost_lines(plan: Plan, directory: Directory) -> list[str]:
    """The estimate item by item, and what it rests on; nothing for a region without prices."""
    known = prices(plan.region) if plan.region is not None else None
    if known is None:
        return []
    before, after = _sides(plan, directory, known)
    old, new = ({item.name: item for item in side.items} for side in (before, after))
    rows = [[plain(name), _cell(old.get(name)), _cell(new.get(name))] for name in dict.fromkeys([*old, *new])]
    rows.append(["**together**", f"**{before.monthly:.2f}**", f"**{after.monthly:.2f}**"])
    spot = f"Spot at {known.spot_discount:.0%} off, the most that AWS promises."
    sources = " ".join(f"[{name.replace('_', ' ')}]({source})" for name, source in known.sources.items())
    return [
        *table(("USD a month", "Before", "After"), rows),
        "",
        f"List prices of {plan.region}, {known.as_of}, {known.hours_per_month:g} hours; {spot} Not in it: {EXCLUDED}. "
        f"Sources: {sources}",
    ]


def _sides(plan: Plan, directory: Directory, known: Prices) -> tuple[Estimate, Estimate]:
    before, after = (estimate(plan.changes, directory, known, after=side) for side in (False, True))
    return before, after


def _cell(item: Item | None) -> str:
    return f"{item.monthly:.2f} ({item.detail})" if item is not None else ""
