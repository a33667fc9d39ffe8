"""Claims about reported attributes: those that the configuration changes, with old and new value, without noise."""

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


def test_differences_have_old_and_new_values_with_causes_of_a_replacement_first() -> None:
    before, after = {"port": 1, "name": "a"}, {"port": 2, "name": "b"}
    found = _reported(before, after, actions=["create", "delete"], replace_paths=[["port"]], expressions=EXPRESSIONS)
    assert found == [("port", 1, 2, True), ("name", "a", "b", False)]


def test_value_in_a_block_is_reported_with_the_name_of_the_block() -> None:
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
def test_tags_computed_values_and_equivalent_values_are_noise(before: Any, after: Any, unknown: Any) -> None:
    read = changes(change("aws_vpc.this", before, after, actions=["update"], unknown=unknown))
    assert differences(read[0]) == ()
    assert all(each.is_noise for each in resource_changes(read, ResourceIndex(read)))


def test_reference_to_a_new_resource_is_not_noise() -> None:
    references = {"vpc_id": {"references": ["aws_vpc.this.id"]}}
    (read,) = changes(change("aws_subnet.this", {"vpc_id": "x"}, {}, unknown={"vpc_id": True}, expressions=references))
    assert [each.name for each in differences(read)] == ["vpc_id"]


def test_values_that_become_zero_or_false_are_reported() -> None:
    assert _reported({"desired_count": 2}, {"desired_count": 0}) == [("desired_count", 2, 0, False)]
    assert _reported({"internal": True}, {"internal": False}) == [("internal", True, False, False)]


def test_provider_default_that_a_replacement_resets_is_noise() -> None:
    before, after = {"controller": [{"type": "ECS"}], "port": 1}, {"controller": [], "port": 2}
    found = _reported(before, after, actions=["delete", "create"], replace_paths=[["port"]], expressions=EXPRESSIONS)
    assert [name for name, *_ in found] == ["port"]


@given(st.dictionaries(st.sampled_from("abcd"), st.integers() | st.text(max_size=3) | st.lists(st.integers())))
def test_equal_sides_have_no_differences(values: dict[str, Any]) -> None:
    assert _reported(values, dict(values), actions=["update"]) == []
