"""An interruption: one cause, what it does to whom, and the shortest sequence of operations that leads to it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from colonnade.review.interruptions.order import Operation
from colonnade.review.plan.values import Fact


class Level(enum.Enum):
    """The level of an interruption, the gravest first."""

    INTERRUPTS = "interrupts"
    """In every order of the operations, requests or tasks fail for a time."""
    MAY_INTERRUPT = "may interrupt"
    """In some orders, which Terraform is free to choose."""
    FAILS = "fails"
    """AWS refuses an operation, and the apply stops halfway."""
    QUESTION = "question"
    """It depends on something that only a person knows, such as the paths that running tasks serve."""
    WANTED = "wanted"
    """The change itself takes something from clients, in any order."""
    CANNOT_JUDGE = "cannot judge"
    """The plan does not show a fact that decides."""

    @property
    def blocks(self) -> bool:
        """True if the interruption needs approval."""
        return self in (Level.INTERRUPTS, Level.MAY_INTERRUPT, Level.FAILS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """One cause of an interruption."""

    level: Level
    rule: str
    """The name of the rule that found it, such as `path-interrupted`."""
    address: str
    """The resource whose change causes it."""
    subjects: tuple[str, ...]
    """Those that fail, such as 'requests to /orders'; several that fail for one cause are one interruption."""
    effect: str
    """Their failure, such as 'get 503'."""
    services: tuple[str, ...] = ()
    """The names of the services concerned."""
    trace: tuple[str, ...] = ()
    """The operations that lead to it, in order, as sentences."""
    steps: tuple[str, ...] = ()
    """The steps that avoid it, in order; empty if nothing is known."""
    cause: Operation | None = None
    """The operation that begins it."""
    prevents_apply: bool = False
    """True if `cause` always fails, so that nothing that comes after it happens."""
    about: tuple[Fact, ...] = ()
    """For each subject, the resources concerned and what else identifies it, such as a path or a port."""
    approximate: bool = False
    """True if the order of the operations is that of the plan's JSON."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The level, the cause and each subject, for an approval: other words for the same are no other facts."""
        cause = (self.cause.kind.name, self.cause.address) if self.cause is not None else ()
        return tuple((self.level.name, cause, each) for each in self.about)

    @property
    def text(self) -> str:
        """The interruption in one sentence, without a full stop."""
        return f"{_joined(self.subjects)} {self.effect}"


_MOST_SUBJECTS = 4


def _joined(subjects: tuple[str, ...]) -> str:
    """Return 'requests to /a, /b and 3 more' for subjects that begin with the same words."""
    start, _, first = subjects[0].rpartition(" ")
    same = [each.rpartition(" ")[2] if each.rpartition(" ")[0] == start else each for each in subjects[1:]]
    shown, more = [first, *same][:_MOST_SUBJECTS], len(subjects) - _MOST_SUBJECTS
    words = [*shown, f"{more} more"] if more > 0 else shown
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"{start} {listed}".strip()
