"""Claims about the attributes that are reported: those that somebody changed, with old and new value, and no noise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.analysis.attributes import differences
from colonnade.review.analysis.resource_changes import resource_changes
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, changes

EXPRESSIONS = {"name": {"constant_value": "a"}, "port": {"constant_value": 1}, "health_check": [{"path": {}}]}


def _reported(before: Any, after: Any, **more: Any) -> list[tuple[str, Any, Any, bool]]:
    (read,) = changes(change("aws_lb_target_group.this", before, after, **more))
    return [(each.name, each.before, each.after, each.replaces) for each in differences(read)]


def test_a_value_that_differs_is_reported_with_old_and_new_and_what_forces_the_replacement_first() -> None:
    before, after = {"port": 1, "name": "a"}, {"port": 2, "name": "b"}
    found = _reported(before, after, actions=["create", "delete"], replace_paths=[["port"]], expressions=EXPRESSIONS)
    assert found == [("port", 1, 2, True), ("name", "a", "b", False)]


def test_a_value_in_a_block_is_reported_by_the_names_on_the_way() -> None:
    before, after = {"health_check": [{"path": "/a"}]}, {"health_check": [{"path": "/b"}]}
    assert _reported(before, after) == [("health_check.path", "/a", "/b", False)]
    assert _reported({"rule": []}, {"rule": [{"a": 1}]}) == [("rule", [], [{"a": 1}], False)]


@pytest.mark.parametrize(
    ("before", "after", "unknown"),
    [
        ({"tags": {"a": "1"}}, {"tags": {"a": "2"}}, {}),
        ({"tags_all": {"a": "1"}}, {"tags_all": {"a": "2"}}, {}),
        ({"arn": "x"}, {}, {"arn": True}),
        ({"timeouts": None}, {"timeouts": {"create": "5m"}}, {}),
        ({"pid_mode": ""}, {"pid_mode": None}, {}),
        ({"base": None}, {"base": 0}, {}),
    ],
)
def test_tags_computed_values_and_what_means_nothing_are_noise(before: Any, after: Any, unknown: Any) -> None:
    read = changes(change("aws_vpc.this", before, after, actions=["update"], unknown=unknown))
    assert differences(read[0]) == ()
    assert all(each.is_noise for each in resource_changes(read, ResourceIndex(read)))


def test_a_reference_to_something_new_is_no_noise() -> None:
    references = {"vpc_id": {"references": ["aws_vpc.this.id"]}}
    (read,) = changes(change("aws_subnet.this", {"vpc_id": "x"}, {}, unknown={"vpc_id": True}, expressions=references))
    assert [each.name for each in differences(read)] == ["vpc_id"]


def test_a_count_that_becomes_zero_and_a_switch_that_goes_off_are_reported() -> None:
    assert _reported({"desired_count": 2}, {"desired_count": 0}) == [("desired_count", 2, 0, False)]
    assert _reported({"internal": True}, {"internal": False}) == [("internal", True, False, False)]


def test_a_provider_s_default_that_a_replacement_forgets_is_noise() -> None:
    before, after = {"controller": [{"type": "ECS"}], "port": 1}, {"controller": [], "port": 2}
    found = _reported(before, after, actions=["delete", "create"], replace_paths=[["port"]], expressions=EXPRESSIONS)
    assert [name for name, *_ in found] == ["port"]


@given(st.dictionaries(st.sampled_from("abcd"), st.integers() | st.text(max_size=3) | st.lists(st.integers())))
def test_the_same_on_both_sides_differs_in_nothing(values: dict[str, Any]) -> None:
    assert _reported(values, dict(values), actions=["update"]) == []
