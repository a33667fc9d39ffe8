"""The shares of weighted target groups in the requests of one rule, including weight 0."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from colonnade_sandbox.data_plane.weighted_choice import WeightedChoice
from tests.support.load_balancer_snapshots import forward


@given(st.lists(st.integers(0, 999), min_size=1, max_size=5), st.integers(1, 300))
def test_each_group_is_always_within_two_requests_of_its_share(weights: list[int], requests: int) -> None:
    groups = {f"group{number}": weight for number, weight in enumerate(weights)}
    choice = WeightedChoice(forward(**groups).target_groups)
    chosen = Counter(choice.choose() for _ in range(requests))
    total = sum(weights)
    for arn, weight in groups.items():
        if total > 0:
            assert abs(chosen[arn] - requests * weight / total) < 2
        if weight == 0:
            assert chosen[arn] == 0


def test_a_group_with_a_tenth_of_the_weight_gets_every_tenth_request() -> None:
    choice = WeightedChoice(forward(old=90, new=10).target_groups)
    chosen = [choice.choose() for _ in range(100)]
    positions = [number for number, arn in enumerate(chosen) if arn == "new"]
    assert {later - earlier for earlier, later in pairwise(positions)} == {10}


def test_no_group_is_chosen_when_every_weight_is_0() -> None:
    assert WeightedChoice(forward(old=0, new=0).target_groups).choose() is None
