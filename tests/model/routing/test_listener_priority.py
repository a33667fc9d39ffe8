"""Priorities: the longest prefix wins, other services do not matter, and refusals suggest a free number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count, pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from colonnade.model.errors import out_of_range
from colonnade.model.routing.listener_priority import assign_priorities, band, computed_priority, rule_key
from colonnade.model.service.declaration import Service
from tests.support.path_matching import backtracking_match
from tests.support.specs import service

SEGMENTS = st.sampled_from(["a", "b", "ab", "A", "a1", "a10"])
PREFIXES = st.lists(SEGMENTS, min_size=1, max_size=4).map(lambda segments: "/" + "/".join(segments))
PATHS = st.lists(SEGMENTS | st.sampled_from(["", "x"]), max_size=6).map(lambda segments: "/" + "/".join(segments))


@st.composite
def service_sets(draw: st.DrawFn, *, explicit: bool = False) -> list[Service]:
    """Draw services with unique prefixes, some nested; with `explicit`, some have an explicit priority."""
    prefixes = draw(st.lists(PREFIXES, min_size=1, max_size=8, unique=True))
    priorities = st.none() | st.integers(min_value=1, max_value=50_000) if explicit else st.none()
    return [service(f"s{number}", prefix, rule_priority=draw(priorities)) for number, prefix in enumerate(prefixes)]


def first_match(services: Sequence[Service], priorities: dict[str, int], path: str) -> str | None:
    """Return the service whose rule matches first, according to an independent matcher."""
    for each in sorted(services, key=lambda candidate: priorities[candidate.name]):
        if any(backtracking_match(pattern, path) for pattern in each.path_patterns):
            return each.name
    return None


def prefix_of(each: Service) -> str:
    assert each.path_prefix is not None
    return each.path_prefix


def longest_owner(services: Sequence[Service], path: str) -> str | None:
    owners = [each for each in services if f"{path}/".startswith(f"{prefix_of(each)}/")]
    return max(owners, key=lambda owner: len(prefix_of(owner))).name if owners else None


@given(service_sets(explicit=True), PATHS)
@settings(deadline=None)
def test_the_first_rule_that_matches_a_path_belongs_to_the_longest_prefix(services: list[Service], path: str) -> None:
    assignment = assign_priorities(services)
    assume(not assignment.faults)

    for request_path in (path, *map(prefix_of, services), *(f"{prefix_of(each)}{path}" for each in services)):
        assert first_match(services, assignment.priorities, request_path) == longest_owner(services, request_path)


@given(service_sets(explicit=True))
@settings(deadline=None)
def test_valid_priorities_are_unique_and_within_the_range(services: list[Service]) -> None:
    assignment = assign_priorities(services)
    assume(not assignment.faults)

    assert len(set(assignment.priorities.values())) == len(services)
    assert all(1 <= priority <= 50_000 for priority in assignment.priorities.values())


@given(service_sets(), st.data())
@settings(deadline=None)
def test_adding_removing_and_reordering_services_changes_no_other_priority(
    services: list[Service], data: st.DataObject
) -> None:
    whole = assign_priorities(services)
    rest = data.draw(st.lists(st.sampled_from(services), unique=True))
    assume(not whole.faults)
    part = assign_priorities(rest)

    assert part.faults == ()
    assert part.priorities == {each.name: whole.priorities[each.name] for each in rest}


@given(service_sets(explicit=True))
@settings(deadline=None)
def test_applying_the_suggested_fixes_removes_all_problems(services: list[Service]) -> None:
    for _ in range(2 * len(services) + 1):
        faults = assign_priorities(services).faults
        if not faults:
            return
        suggested = re.search(r"set its rule_priority to (\d+)", faults[0][1].fix)
        if suggested is None:
            assert "change the other's rule_priority" in faults[0][1].fix
            return
        services = [
            replace(each, rule_priority=int(suggested[1])) if each.name == faults[0][0] else each for each in services
        ]
    pytest.fail(f"still refused: {faults}")


def test_a_service_without_a_prefix_has_no_priority() -> None:
    services = [service("api"), Service(name="rest", container_port=8080)]

    assert assign_priorities(services).priorities == {"api": computed_priority("/api")}


def test_a_priority_is_the_same_in_every_process_and_every_version() -> None:
    """Other numbers would change the priorities of deployed rules."""
    assert [computed_priority(prefix) for prefix in ("/service1", "/service2", "/service3")] == [45789, 47924, 49738]
    assert computed_priority("/api/users") == 29222


def test_each_deeper_band_lies_before_the_shallower_one_and_all_fit_the_range() -> None:
    bands = [band(depth) for depth in range(1, 64)]

    assert bands[0][-1] == 50_000
    assert all(shallower[0] == deeper[-1] + 1 for shallower, deeper in pairwise(bands))
    assert bands[-1][0] >= 1


def _colliding(how_many: int, parent: str = "") -> list[str]:
    """Return prefixes of one depth with the same computed priority."""
    places: dict[int, list[str]] = {}
    for number in count():
        prefix = f"{parent}/p{number}"
        place = places.setdefault(computed_priority(prefix), [])
        place.append(prefix)
        if len(place) == how_many:
            return place
    raise AssertionError


def test_a_collision_is_a_problem_of_the_later_service_with_both_names_and_a_free_priority() -> None:
    first, second = _colliding(2)
    taken = computed_priority(first)
    neighbour = service("neighbour", "/neighbour", rule_priority=taken + 1)
    faults = assign_priorities([service("old", first), service("new", second), neighbour]).faults

    message = f"priority {taken}, computed from path prefix {second!r}, is taken by service 'old' at {first!r}"
    assert faults == (("new", (message, f"set its rule_priority to {taken + 2}, which is free")),)


def test_two_collisions_at_once_get_two_different_priorities() -> None:
    prefixes = _colliding(3, parent="/a/b/c/d/e/f")
    faults = assign_priorities([service(f"s{number}", prefix) for number, prefix in enumerate(prefixes)]).faults

    assert [name for name, _ in faults] == ["s1", "s2"]
    assert faults[0][1].fix != faults[1][1].fix


def test_an_explicit_priority_equal_to_an_earlier_computed_one_is_refused() -> None:
    services = [service("old", "/old"), service("new", "/new", rule_priority=computed_priority("/old"))]
    faults = assign_priorities(services).faults

    assert [name for name, _ in faults] == ["new"]
    assert faults[0][1].message == f"rule_priority {computed_priority('/old')} is taken by service 'old' at '/old'"


@pytest.mark.parametrize("priority", [0, -1, 50_001])
def test_a_priority_out_of_range_is_refused(priority: int) -> None:
    faults = assign_priorities([service("api", rule_priority=priority)]).faults

    note = f"; without one it is {computed_priority('/api')}"
    assert faults == (("api", out_of_range("rule_priority", priority, 1, 50_000, note=note)),)


def test_a_prefix_evaluated_before_a_prefix_under_it_is_refused_with_both_names() -> None:
    services = [service("api", "/api", rule_priority=1), service("users", "/api/users")]
    faults = assign_priorities(services).faults

    assert [name for name, _ in faults] == ["api"]
    assert faults[0][1].message == (
        f"rule_priority 1 comes before {computed_priority('/api/users')} of service 'users', whose path prefix "
        "'/api/users' lies under '/api': that service would never get a request"
    )


def test_a_prefix_evaluated_after_a_prefix_above_it_is_refused_with_both_names() -> None:
    services = [service("api", "/api"), service("users", "/api/users", rule_priority=50_000)]
    faults = assign_priorities(services).faults

    assert [name for name, _ in faults] == ["users"]
    assert faults[0][1].message == (
        f"rule_priority 50000 comes after {computed_priority('/api')} of service 'api', whose path prefix '/api' "
        "already matches every request for '/api/users'"
    )
    assert faults[0][1].fix == f"set its rule_priority to {computed_priority('/api/users')}, which is free"


def test_prefixes_with_a_common_beginning_do_not_shadow_each_other() -> None:
    services = [service("one", "/api", rule_priority=1), service("ten", "/api10"), service("other", "/API/users")]

    assert assign_priorities(services).faults == ()


def test_without_a_free_priority_the_fix_is_to_change_the_other_service() -> None:
    services = [service("api", "/api", rule_priority=1), service("users", "/api/users", rule_priority=2)]

    assert [fault.fix for _, fault in assign_priorities(services).faults] == [
        "change the other's rule_priority: no priority is free between those of the prefixes above and below it"
    ]


@given(st.lists(st.from_regex(r"(/[A-Za-z0-9_\-.$~\"'@:+]{1,6}){1,3}", fullmatch=True), min_size=2, unique=True))
def test_two_rules_never_have_the_same_key(prefixes: list[str]) -> None:
    keys = {rule_key(prefix) for prefix in prefixes}
    assert len(keys) == len(prefixes)
    assert not any("/" in key or ":" in key for key in keys)


@pytest.mark.parametrize(
    ("prefix", "key"),
    [
        ("/api/users", "api_users"),
        ("/user-svc", "user-svc"),
        ("/api_users", "api%5Fusers"),
        ("/v1.2/~a", "v1%2E2_%7Ea"),
    ],
)
def test_a_rules_key_follows_from_its_prefix(prefix: str, key: str) -> None:
    assert rule_key(prefix) == key
