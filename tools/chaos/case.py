"""A case and its outcome, and the table of all cases: one line each, printed as soon as the case has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from colonnade_sandbox.load import Sample

_Subject = TypeVar("_Subject", contravariant=True)
_HEADINGS = ("case", "done", "expected")
_SHOWN_PROBLEMS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one case."""

    happened: str
    """The measured figures."""
    problems: tuple[str, ...] = ()
    """The differences from what is expected; empty if there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Generic[_Subject]):
    """One fault, and what a client sees of it."""

    name: str
    done: str
    expected: str
    run: Callable[[_Subject], Outcome]


def run_cases(cases: Sequence[Case[_Subject]], subject: _Subject, say: Callable[[str], None]) -> int:
    """Run the cases in order, and say one line for each. Return the number of those that differ.

    A case that raises an exception differs; the cases after it run all the same.
    """
    table = [_HEADINGS, *((case.name, case.done, case.expected) for case in cases)]
    widths = [max(len(row[place]) for row in table) for place in range(len(_HEADINGS))]
    say(_line("", _HEADINGS, widths, "happened"))
    different = 0
    for case in cases:
        began = time.monotonic()
        outcome = _outcome(case, subject)
        different += bool(outcome.problems)
        happened = "; ".join((outcome.happened, *_shown(outcome.problems)))
        verdict = "DIFFERS" if outcome.problems else "ok"
        cells = (case.name, case.done, case.expected)
        say(_line(verdict, cells, widths, f"{happened} ({time.monotonic() - began:.0f} s in all)"))
    return different


def failed_of(samples: Sequence[Sample]) -> str:
    """Return the number of failed requests, and of all."""
    return f"{sum(each.failed for each in samples):,} of {len(samples):,} failed"


def failures(samples: Iterable[Sample]) -> tuple[str, ...]:
    """Return a problem for each failed request."""
    return tuple(str(sample) for sample in samples if sample.failed)


def _outcome(case: Case[_Subject], subject: _Subject) -> Outcome:
    try:
        return case.run(subject)
    except Exception as error:  # noqa: BLE001 - the other cases shall run
        return Outcome(happened="the case ended early", problems=(f"{type(error).__name__}: {error}",))


def _shown(problems: Sequence[str]) -> Iterator[str]:
    """Yield the first problems, each on one line."""
    for problem in problems[:_SHOWN_PROBLEMS]:
        yield " ".join(problem.split())
    if len(problems) > _SHOWN_PROBLEMS:
        yield f"and {len(problems) - _SHOWN_PROBLEMS} more"


def _line(verdict: str, cells: Sequence[str], widths: Sequence[int], happened: str) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join((verdict.ljust(len("DIFFERS")), *padded, happened))
