"""Plans of the edits by the real provider: a base is applied once, and its edits are planned together, each from a copy
of its state.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.support.edits import BASES, EDITS, ENVIRONMENT, LATER_BASES, LOOKED_UP
from tests.support.joint_plans import Change, Planned, planned_together
from tests.support.plan_harm import harm_of
from tests.support.plans import Base, applied
from tests.support.recorded_plans import record
from tests.support.synth import Stack
from tests.support.terraform import EmulatedAccount, emulated_account

Document = dict[str, Any]
Plan = tuple[Planned, list[str]]
"""A plan, and the harm that its apply does."""


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A protection that is taken out of synthesized JSON."""

    name: str
    change: Callable[[Document], None]
    in_base: bool = True
    """True if the deployed stack does not have the protection either."""

    def of(self, stack: Stack) -> Stack:
        document: Document = json.loads(stack.text)
        self.change(document)
        return replace(stack, text=json.dumps(document))


@dataclass(frozen=True, kw_only=True)
class Case:
    """An edit; with a mutation, base and edit without a protection."""

    edit: str
    mutation: Mutation | None = None

    @property
    def name(self) -> str:
        return self.edit if self.mutation is None else f"{self.edit}, {self.mutation.name}"


@dataclass(kw_only=True)
class Plans:
    """Plans of the edits, with each base applied on first use."""

    accounts: Mapping[str, EmulatedAccount]
    folder: Path
    _bases: dict[str, Base] = field(default_factory=dict)
    _planned: dict[str, Planned] = field(default_factory=dict)
    _stacks: dict[str, str] = field(default_factory=dict)

    def apply_bases(self, *names: str) -> None:
        """Apply bases side by side, as an apply mostly waits."""
        stacks = [BASES[name]() for name in names]  # one after the other: jsii answers one thread
        with ThreadPoolExecutor() as pool:
            made = pool.map(lambda name, stack: applied(self.accounts[name], stack, self.folder / name), names, stacks)
            self._bases.update(zip(names, made, strict=True))

    def of(self, case: Case, among: Sequence[Case]) -> Plan:
        """Return the plan of a case and its harm. One run plans all cases of `among` with the same account."""
        planned = self.planned(case, among)
        return planned, harm_of(json.loads(planned.shown.read_text()), planned.order)

    def planned(self, case: Case, among: Sequence[Case]) -> Planned:
        """Return the plan of a case with its order. One run plans all cases of `among` with the same account."""
        if case.name not in self._planned:
            account = _account(case)
            changes = {each.name: self._change(each) for each in among if _account(each) == account}
            self._stacks |= dict.fromkeys(changes, account)
            self._planned |= planned_together(changes, self.folder / "plans" / f"{len(self._planned)}")
        return self._planned[case.name]

    def stack(self, case: Case) -> str:
        """Return the stack whose recordings have the plan of a case."""
        return _account(case)

    def record(self) -> None:
        """Record all plans that were made."""
        for stack in set(self._stacks.values()):
            own = {name: each for name, each in self._planned.items() if self._stacks[name] == stack}
            record(stack, {name: (each.as_declared(), each.graph) for name, each in own.items()})

    def _change(self, case: Case) -> Change:
        name, after = EDITS[case.edit]
        base, stack, mutation = self._base(name), after(), case.mutation
        if mutation is not None:
            stack = mutation.of(stack)
            if mutation.in_base:
                base = base.changed_to(mutation.of(BASES[name]()), self.folder / "mutated" / case.name)
        return Change(base=base, stack=stack)

    def _base(self, name: str) -> Base:
        if name not in self._bases:
            folder = self.folder / name
            if name in BASES:
                self._bases[name] = applied(self.accounts[name], BASES[name](), folder)
            else:
                before, stack = LATER_BASES[name]
                self._bases[name] = self._base(before).changed_to(stack(), folder)
        return self._bases[name]


def _account(case: Case) -> str:
    """Return the name of the base with whose account the case is planned."""
    name, _ = EDITS[case.edit]
    while name not in BASES:
        name, _ = LATER_BASES[name]
    return name


@contextlib.contextmanager
def plans(folder: Path) -> Iterator[Plans]:
    """Yield the plans of the edits. Each base has an account of its own, as the names in them are the same."""
    where, existing = ENVIRONMENT, list(_written(folder / "existing"))
    with contextlib.ExitStack() as running:
        accounts = {
            name: running.enter_context(
                emulated_account(
                    account_id=where.account_id,
                    region=where.region,
                    zone_name=where.zone_name,
                    state_bucket=where.state_bucket,
                    existing=existing,
                )
            )
            for name in BASES
        }
        yield Plans(accounts=accounts, folder=folder)


def _written(folder: Path) -> Iterator[Path]:
    """Write each stack that finds what exists, and yield its folder: the accounts have what it finds."""
    for name, stack in LOOKED_UP.items():
        made = stack()
        made.write(folder / name / "stacks" / made.name)
        yield folder / name
