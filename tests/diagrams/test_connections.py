"""Tests of the lanes of calls: calls that would overlap have separate lanes."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from colonnade.diagrams.connections import Connection, connections, meeting_order
from colonnade.diagrams.deployed import Call

ROWS = {name: row for row, name in enumerate("abcdefgh")}
CALLS = st.sets(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")).filter(lambda pair: pair[0] != pair[1]),
    max_size=14,
).map(lambda pairs: [Call(caller=caller, callee=callee) for caller, callee in sorted(pairs)])


@given(CALLS)
def test_every_call_is_drawn_once_with_its_direction(calls: list[Call]) -> None:
    drawn = [
        Call(caller=caller, callee=callee)
        for each in connections(calls, ROWS)
        for present, caller, callee in ((each.down, each.upper, each.lower), (each.up, each.lower, each.upper))
        if present
    ]
    assert sorted(drawn, key=repr) == sorted(calls, key=repr)


@given(CALLS)
def test_connections_that_overlap_have_separate_lanes(calls: list[Call]) -> None:
    for one, other in combinations(connections(calls, ROWS), 2):
        apart = ROWS[one.lower] < ROWS[other.upper] or ROWS[other.lower] < ROWS[one.upper]
        assert apart or one.lane != other.lane


@given(CALLS)
def test_at_a_service_connections_from_above_meet_first_and_none_cross(calls: list[Call]) -> None:
    found = connections(calls, ROWS)
    for name in ROWS:
        met = meeting_order(name, found)
        from_above = [each.lane for each in met if each.lower == name]
        to_below = [each.lane for each in met if each.upper == name]
        assert [each.lower == name for each in met] == [True] * len(from_above) + [False] * len(to_below)
        assert from_above == sorted(from_above)
        assert to_below == sorted(to_below, reverse=True)


def test_two_services_that_call_each_other_share_one_line() -> None:
    both = [Call(caller="a", callee="b"), Call(caller="b", callee="a")]
    assert connections(both, ROWS) == (Connection(upper="a", lower="b", up=True, down=True, lane=0),)
