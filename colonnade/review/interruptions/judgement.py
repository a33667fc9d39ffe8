"""The judgement of one plan: the interruptions of its apply, by level.

plan -> order of operations -> world before and after -> needs of each family -> interruptions

Not in any plan: whether new tasks get healthy, quotas, drift, other stacks, caches, and how long a gap lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from colonnade.review.interruptions.families.table import FAMILIES
from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Judge
from colonnade.review.interruptions.order import Order, order_of_graph
from colonnade.review.interruptions.order_of_plan import order_of_plan
from colonnade.review.interruptions.world import World
from colonnade.review.plan.document import Plan
from colonnade.review.plan.resource_index import ResourceIndex

_LEVELS = list(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The interruptions of one apply."""

    found: tuple[Interruption, ...]
    """The gravest first."""
    approximate: bool
    """True if the order of the operations is that of the plan's JSON, because no graph is at hand."""

    @property
    def blocking(self) -> tuple[Interruption, ...]:
        """The interruptions that need approval."""
        return tuple(each for each in self.found if each.level.blocks)


def interruptions(plan: Plan, index: ResourceIndex, graph: str | None) -> Judgement:
    """Return what the apply of a plan interrupts.

    `graph` is the output of `terraform graph -plan=FILE` for the same plan; None if only the plan's JSON is at hand.
    """
    order = order_of_graph(graph) if graph is not None else order_of_plan(plan)
    judge = Judge(World(plan.changes, index, order))
    found = [each for family in FAMILIES for each in family(judge)]
    return Judgement(found=tuple(_joined(_unrepeated(_reached(found, order)))), approximate=order.approximate)


def _reached(found: Sequence[Interruption], order: Order) -> list[Interruption]:
    """Return the interruptions without those that a failed operation prevents."""
    failed = [each.cause for each in found if each.prevents_apply and each.cause is not None]
    return [
        each
        for each in found
        if each.level is Level.FAILS
        or each.cause is None
        or not any(order.until(failure, each.cause) for failure in failed)
    ]


def _unrepeated(found: Sequence[Interruption]) -> list[Interruption]:
    """Return the interruptions without those of paths on a port that the same operation makes unreachable."""
    closed = {(each.cause, each.level) for each in found if each.rule == "listener-unreachable"}
    return [each for each in found if each.rule != "path-interrupted" or (each.cause, each.level) not in closed]


def _joined(found: Iterable[Interruption]) -> list[Interruption]:
    """Return one interruption for each cause and effect, with all subjects, sorted."""
    joined: dict[tuple[object, ...], Interruption] = {}
    for each in found:
        key = (each.level, each.rule, each.address, each.cause, each.effect)
        first = joined.setdefault(key, each)
        if first is not each:
            subjects = tuple(dict.fromkeys((*first.subjects, *each.subjects)))
            services = tuple(sorted({*first.services, *each.services}))
            about = tuple(dict.fromkeys((*first.about, *each.about)))
            joined[key] = replace(first, subjects=subjects, services=services, about=about)
    return sorted(joined.values(), key=lambda each: (_LEVELS.index(each.level), each.address, each.rule, each.text))
