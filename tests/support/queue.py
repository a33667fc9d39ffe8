"""The order of tests for pytest-xdist: tests that take minutes start first, and quick tests run meanwhile.

A unit is run by one worker: the tests of one group (`pytest.mark.xdist_group`), or a single test. A slow unit mostly
waits for Terraform and for the load balancer. A share of the quick tests follows each slow unit. So the CPU is busy
while others wait, results appear from the first seconds, and a worker that reserves its next unit rarely blocks a
second slow one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import pytest

_DEAR: Final = {"slow", "sandbox", "terraform"}
"""Tests with one of these marks wait for seconds to minutes."""
DEAREST: Final = (
    "migrate_demo",
    "migration_steps",
    "steps",
    "images",
    "judged_protected",
    "judged_unprotected",
    "edits",
    "edits_planned",
    "legal_edits",
    "edits_as_terraform",
    "sandbox",
    "shop",
    "existing",
    "edit-and-run",
    "faults",
    "changes",
    "tests/sandbox/migration/test_migrate.py",
    "tests/sandbox/test_first_steps.py",
    "production_options",
    "tests/sandbox/test_cdktf_cli.py",
    "message_board",
    "tests/sandbox/demo/test_demo.py",
    "foreign_terraform",
    "network-plans",
    "tests/review/branch/test_project_change.py",
    "review",
    "first-deployment",
    "product_user",
    "single_service",
    "planner_table",
    "cdktn",
    "scan",
    "schemathesis",
)
"""Groups, and files of tests without a group, slowest first; all other slow units follow in the order of their files.

A unit of minutes that starts late runs alone at the end of the run.
"""


def in_queue_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Order tests by unit: slow units by their duration, with an even share of the quick ones after each."""
    units = _units(items)
    dear = sorted((unit for unit in units.items() if _is_dear(unit[1])), key=lambda unit: _rank(unit[0]))
    quick = [unit for unit in units.values() if not _is_dear(unit)]
    if not dear:
        return list(items)
    share = math.ceil(len(quick) / len(dear))
    order = [[unit, *quick[number * share : (number + 1) * share]] for number, (_, unit) in enumerate(dear)]
    return [item for block in order for unit in block for item in unit]


def _units(items: Sequence[pytest.Item]) -> dict[str, list[pytest.Item]]:
    units: dict[str, list[pytest.Item]] = {}
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        units.setdefault(item.nodeid if mark is None else str(mark.args[0]), []).append(item)
    return units


def _is_dear(unit: Sequence[pytest.Item]) -> bool:
    return any(mark.name in _DEAR for item in unit for mark in item.iter_markers())


def _rank(unit: str) -> int:
    """Return the place of a group, or of the file of a single test."""
    name = unit.partition("::")[0]
    return DEAREST.index(name) if name in DEAREST else len(DEAREST)
