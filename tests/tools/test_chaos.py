"""The table of `make chaos`: one line a case, and a case that differs fails the run."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from colonnade_sandbox.load import Sample
from tests.support.project import PROJECT
from tools.chaos.case import Case, Outcome, failed_of, failures, run_cases
from tools.chaos.cases import all_cases
from tools.chaos.running import WHOLE
from tools.chaos.started import Started


def as_expected(subject: str) -> Outcome:
    return Outcome(happened=f"0 of 80 failed in {subject}")


def different(subject: str) -> Outcome:
    return Outcome(happened="4 of 80 failed", problems=tuple(f"/{subject}\n  {number}" for number in range(4)))


def broken(_subject: str) -> Outcome:
    raise OSError("no such task")


def lines(*runs: Callable[[str], Outcome]) -> tuple[int, list[str]]:
    cases = [Case(name=f"case-{n}", done="a fault", expected="0 failed", run=run) for n, run in enumerate(runs)]
    said: list[str] = []
    return run_cases(cases, "trial", said.append), said


def test_each_case_is_one_line_with_what_was_done_expected_and_happened() -> None:
    count, said = lines(as_expected, as_expected)
    assert count == 0
    assert len(said) == 3
    assert re.split(r"  +", said[0].strip()) == ["case", "done", "expected", "happened"]
    cells = re.split(r"  +", said[1])
    assert cells[:4] == ["ok", "case-0", "a fault", "0 failed"]
    assert cells[4].startswith("0 of 80 failed in trial (")


def test_a_case_that_differs_is_counted_with_its_first_problems_on_the_same_line() -> None:
    count, said = lines(different, as_expected)
    assert count == 1
    assert said[1].startswith("DIFFERS  case-0")
    assert "4 of 80 failed; /trial 0; /trial 1; /trial 2; and 1 more" in said[1]
    assert said[2].startswith("ok ")


def test_an_exception_differs_and_the_next_case_runs() -> None:
    count, said = lines(broken, as_expected)
    assert count == 1
    assert "OSError: no such task" in said[1]
    assert said[2].startswith("ok ")


def test_failed_requests_are_counted_and_named() -> None:
    samples = [Sample(path="/a", sent_at=1.0, ended_at=1.5, status=status) for status in (200, 502, None)]
    assert failed_of(samples) == "2 of 3 failed"
    assert failures(samples)[0] == "/a: status 502 after 0.500 s"


def test_the_names_of_cases_differ_and_the_document_lists_them_in_their_order() -> None:
    names = [case.name for case in all_cases(WHOLE)]
    document = (PROJECT.root / "docs" / "chaos.md").read_text()
    assert re.findall(r"^\| `([a-z-]+)`", document, re.MULTILINE) == names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", all_cases(WHOLE), ids=lambda case: case.name)
def test_a_line_of_the_table_fits_without_the_figures(case: Case[Started]) -> None:
    assert max(len(case.done), len(case.expected)) <= 80
