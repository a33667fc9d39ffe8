"""The order in which tests are handed out to workers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.queue import DEAREST, in_queue_order


@dataclass(frozen=True)
class Test:
    """The attributes of a test that determine its order."""

    __test__ = False
    nodeid: str
    marks: tuple[pytest.Mark, ...] = ()

    def iter_markers(self) -> Iterator[pytest.Mark]:
        return iter(self.marks)

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return next((mark for mark in self.marks if mark.name == name), None)


def _order(*tests: Test) -> list[str]:
    return [item.nodeid for item in in_queue_order(cast(Any, tests))]


def _slow(nodeid: str, group: str) -> Test:
    return Test(nodeid, (pytest.mark.slow.mark, pytest.mark.xdist_group(group).mark))


QUICK = [Test(f"quick{number}") for number in range(6)]


def test_the_slowest_group_is_first_and_quick_tests_are_between_slow_ones() -> None:
    order = _order(*QUICK, _slow("a", "another"), _slow("b", DEAREST[1]), _slow("c", DEAREST[0]))
    assert order == ["c", "quick0", "quick1", "b", "quick2", "quick3", "a", "quick4", "quick5"]


def test_a_group_stays_together_and_every_test_is_listed_once() -> None:
    slow = [_slow(f"{group}{number}", group) for number in range(2) for group in DEAREST]
    order = _order(*QUICK, *slow)
    assert sorted(order) == sorted(test.nodeid for test in (*QUICK, *slow))
    assert [name for name, _ in groupby(name[:-1] for name in order if "quick" not in name)] == list(DEAREST)


def test_without_slow_tests_the_order_is_that_of_the_files() -> None:
    assert _order(*QUICK) == [test.nodeid for test in QUICK]


def test_a_single_test_has_the_place_of_its_file() -> None:
    name = "tests/sandbox/test_first_steps.py"
    named, other = (Test(f"{file}::test_it", (pytest.mark.sandbox.mark,)) for file in (name, "tests/test_other.py"))
    assert name in DEAREST
    assert _order(other, named) == [named.nodeid, other.nodeid]


@pytest.mark.parametrize("name", DEAREST)
def test_every_named_slow_unit_exists(name: str) -> None:
    root = Path(__file__).parents[1]
    texts = [path.read_text(encoding="utf-8") for path in (root / "tests").rglob("test_*.py")]
    assert (root / name).is_file() if "/" in name else any(f'xdist_group("{name}")' in text for text in texts)


def test_every_group_of_a_file_with_slow_tests_is_named() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py")]
    groups = {name for text in texts if "mark.slow" in text for name in re.findall(r'xdist_group\("([\w-]+)"\)', text)}
    assert groups <= set(DEAREST)
