"""Every legal edit is harmless, or `colonnade apply` stops it: the plans between thousands of pairs of declarations.

The harm is found by other rules than those of the review: tests/support/plan_harm.py.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.support.edit_pool import Deployed, Pool, judged, pool_of

pytestmark = [pytest.mark.synth, pytest.mark.timeout(900), pytest.mark.xdist_group("legal_edits")]


def _unjudged(edits: Iterable[tuple[Deployed, Deployed]]) -> list[str]:
    """Return the edits that do harm and are not blocked, those with the fewest steps first."""
    every = [judged(*edit) for edit in edits]
    wrong = [f"{each.edit}\n    {each.harm}" for each in every if each.harm and not each.blocked]
    return sorted(wrong, key=len)


@pytest.fixture(scope="module")
def few() -> Pool:
    return pool_of(6)


@pytest.fixture(scope="module")
def many() -> Pool:
    return pool_of(80)


def test_edits_are_harmless_or_blocked(few: Pool) -> None:
    assert _unjudged(few.edits()) == []


@pytest.mark.slow
def test_edits_of_one_to_three_steps_are_harmless_or_blocked(many: Pool) -> None:
    assert _unjudged(many.edits()) == []


@pytest.mark.slow
def test_thousands_of_edits_between_declarations_far_apart_are_harmless_or_blocked(many: Pool) -> None:
    assert _unjudged(many.strangers(2000)) == []
