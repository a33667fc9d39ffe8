"""`python -m sandbox plan`: what a first deployment would make, for any environment, with no AWS account.

An empty emulator account stands in for the environment's, with the state bucket and the hosted zone in it. Only
`sandbox.commands` imports this.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.synthesized import read_stack
from sandbox.unserved_account import UnservedAccount


class FirstPlan:
    """A context manager, like `sandbox.session.Session`; `stop_requested` is asked while Terraform runs."""

    def __init__(self, *, synthesized: Path, deployment: str) -> None:
        self._stack = read_stack(synthesized, deployment)
        self._account = UnservedAccount(stop_requested=lambda: self.stop_requested())
        self.stop_requested: Callable[[], str | None] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill Terraform, stop the emulator, remove the scratch folder."""
        self._account.close()

    def show(self) -> None:
        """Print the plan as Terraform words it."""
        self._account.start([self._stack])
        self._account.make_state_buckets([self._stack])
        self._account.terraform(self._stack).show_plan()
