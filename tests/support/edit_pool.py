"""A pool of legal declarations, each synthesized once, and the plans between all of them, made by the planner.

strategies of legal_edits -> declarations -> documents -> plan and order of any two of them -> judgement and harm
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import Phase, given, settings

from colonnade.model.migration.step import plan_problems
from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.findings import Finding
from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.plan.document import plan_of
from tests.support.apply_order import ApplyOrder
from tests.support.legal_declarations import Declaration
from tests.support.legal_edits import pairs
from tests.support.plan_harm import harm_of
from tests.support.planner.changes import Planner
from tests.support.planner.configuration import Configuration
from tests.support.planner.document import plan_document
from tests.support.planner.graph import plan_graph
from tests.support.planner.values import State
from tests.support.synth import Stack, synthesize


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A declaration, its synthesized stack, and its state after an apply."""

    declaration: Declaration
    stack: Stack
    configuration: Configuration
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The judgement of the plan of one edit."""

    edit: str
    findings: tuple[Finding, ...]
    """The findings that block `colonnade apply`."""
    illegal_steps: tuple[str, ...]
    """The steps of a migration that `colonnade apply` refuses."""
    not_judged: tuple[Interruption, ...]
    """The parts of the plan that the review cannot judge."""
    harm: tuple[str, ...]
    """The harm of the apply, by rules of their own: `plan_harm`."""

    @property
    def blocked(self) -> bool:
        return bool(self.findings or self.illegal_steps)


@dataclass(kw_only=True)
class Pool:
    """Declarations by stack name."""

    neighbours: list[tuple[Deployed, Deployed]] = field(default_factory=list)
    """Declarations that are one to three edits apart."""
    _members: dict[str, Deployed] = field(default_factory=dict)

    def add(self, before: Declaration, after: Declaration) -> None:
        self.neighbours.append((self._deployed(before), self._deployed(after)))

    def edits(self) -> Iterator[tuple[Deployed, Deployed]]:
        """Yield each pair of neighbours in both directions."""
        for before, after in self.neighbours:
            yield from ((before, after), (after, before))

    def strangers(self, count: int) -> list[tuple[Deployed, Deployed]]:
        """Return this number of pairs of any members of one stack, always the same."""
        members = itertools.permutations(self._members.values(), 2)
        apart = [pair for pair in members if len({each.declaration.deployment.name for each in pair}) == 1]
        return random.Random(0).sample(apart, min(count, len(apart)))  # noqa: S311 - the same sample each time

    def _deployed(self, declaration: Declaration) -> Deployed:
        key = repr((declaration.deployment, declaration.environment))
        if key not in self._members:
            stack = synthesize(declaration.environment, declaration.deployment)[declaration.deployment.name]
            configuration = Configuration(stack.text)
            self._members[key] = Deployed(
                declaration=declaration, stack=stack, configuration=configuration, state=State(configuration)
            )
        return self._members[key]


def pool_of(examples: int) -> Pool:
    """Return a pool of this number of pairs from the strategies, always the same."""
    pool = Pool()
    for before, after in generated(examples):
        pool.add(before, after)
    return pool


def generated(examples: int) -> list[tuple[Declaration, Declaration]]:
    """Return this number of pairs of legal declarations, always the same."""
    found: list[tuple[Declaration, Declaration]] = []

    @settings(max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(pairs())
    def collect(pair: tuple[Declaration, Declaration]) -> None:
        found.append(pair)

    collect()
    return found


def judged(before: Deployed, after: Deployed) -> Judged:
    """Judge the plan from one declaration to another one."""
    planner = Planner(before.state, after.configuration)
    document, graph = plan_document(planner), plan_graph(planner)
    analysis = analyze(plan_of(document, graph))
    return Judged(
        edit=f"{before.declaration} -> {after.declaration}",
        findings=tuple(each for each in analysis.findings if each.blocks_apply),
        illegal_steps=tuple(str(each) for each in plan_problems(document)),
        not_judged=tuple(each for each in analysis.judgement.found if each.level is Level.CANNOT_JUDGE),
        harm=tuple(harm_of(document, ApplyOrder.read(graph))),
    )
