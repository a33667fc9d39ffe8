"""Plans of synthesized JSON against a deployed version of it.

BASE/stacks/NAME -> applied to an emulated account, or its state from the cache
  -> HEAD/stacks/NAME planned against that state -> OUT/NAME.json, OUT/NAME.dot
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from colonnade.terminal.progress import Progress
from colonnade_sandbox.planning.planning_account import PlanningAccount
from colonnade_sandbox.planning.state_cache import StateCache
from colonnade_sandbox.synthesized import STATE_BACKEND, Stack, read_stack
from colonnade_sandbox.terraform.runner import TerraformError


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The deployed stacks and the stacks to plan, all of one account."""

    bases: tuple[Stack, ...]
    heads: tuple[Stack, ...]
    """The stacks to plan. A stack without a base is planned as a first deployment."""

    @classmethod
    def read(cls, *, base: Path, head: Path, names: Sequence[str]) -> Self:
        """Return the stacks `names`. Some of them may be missing in `base`."""
        there = [name for name in names if (base / "stacks" / name).is_dir()]
        return cls(
            bases=tuple(read_stack(base, name) for name in there),
            heads=tuple(read_stack(head, name) for name in names),
        )


class ChangePlans:
    """Plans of `change` made in `account`, written below `out`. `states` caches the states of applied bases."""

    def __init__(
        self, account: PlanningAccount, change: Change, *, out: Path, states: StateCache, progress: Progress
    ) -> None:
        self._account = account
        self._heads, self._bases = change.heads, change.bases
        self._out = out
        self._states = states
        self._progress = progress

    def make(self) -> None:
        """Write a plan of each stack, as `terraform show -json` prints it, and its graph."""
        self._out.mkdir(parents=True, exist_ok=True)
        known = {stack.name: state for stack in self._bases if (state := self._states.find(stack)) is not None}
        new = [stack for stack in self._bases if stack.name not in known]
        backends = [stack for stack in new if stack.name == STATE_BACKEND]
        if not backends:
            self._account.make_state_buckets(self._heads)
        self._side_by_side("Applying the base", backends, self._apply)
        self._side_by_side(
            "Reusing the state of an earlier review",
            [stack for stack in self._bases if stack.name in known],
            lambda stack: self._push(stack, known[stack.name]),
        )
        self._side_by_side("Applying the base", [stack for stack in new if stack not in backends], self._apply)
        self._side_by_side("Planning the change", self._heads, self._plan)

    def _push(self, stack: Stack, state: Path) -> None:
        self._account.terraform(stack).push_state(state)

    def _apply(self, stack: Stack) -> None:
        terraform = self._account.terraform(stack)
        terraform.apply()
        self._states.keep(stack, terraform.pull_state())

    def _plan(self, stack: Stack) -> None:
        terraform = self._account.terraform(stack)
        saved = self._account.folder(stack) / "saved.plan"
        terraform.save_plan(saved, refresh=False)  # no refresh: the state is the result of an apply to this account
        (self._out / f"{stack.name}.json").write_text(terraform.show_saved_plan(saved), encoding="utf-8")
        (self._out / f"{stack.name}.dot").write_text(terraform.graph(saved), encoding="utf-8")

    def _side_by_side(self, title: str, stacks: Iterable[Stack], work: Callable[[Stack], None]) -> None:
        """Run `work` for all stacks in parallel, because `work` mostly waits.

        The first failure stops the other stacks.
        """
        stacks = tuple(stacks)
        if not stacks:
            return
        with (
            self._progress.step(f"{title}: {', '.join(stack.name for stack in stacks)}"),
            ThreadPoolExecutor(max_workers=len(stacks)) as pool,
        ):
            running = {pool.submit(work, stack): stack for stack in stacks}
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            failed = [future for future in done if future.exception() is not None]
            if failed:
                self._account.give_up("another stack failed")
        for future in failed:
            try:
                future.result()
            except TerraformError as error:
                raise TerraformError(f"{title}, {running[future].name}: {error}") from error
