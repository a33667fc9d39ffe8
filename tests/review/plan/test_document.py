"""Claims about reading a plan: actions, sensitive and unknown values, and the region."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.plan.document import Action, read_plan
from colonnade.review.plan.values import UNKNOWN, Sensitive, redact
from tests.support.plan_documents import change, changes, document, text


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["no-op"], Action.NONE),
        (["read"], Action.READ),
        (["create"], Action.CREATE),
        (["update"], Action.UPDATE),
        (["delete", "create"], Action.REPLACE),
        (["create", "delete"], Action.REPLACE),
        (["delete"], Action.DESTROY),
        (["forget"], Action.FORGET),
    ],
)
def test_every_action_of_terraform_is_read_in_either_order(actions: list[str], action: Action) -> None:
    (read,) = changes(change("aws_vpc.this", {"id": "a"}, {"id": "b"}, actions=actions))
    assert read.action is action


def test_data_sources_are_left_out_and_modules_and_indices_are_read() -> None:
    data = {**change("aws_route53_zone.this", None, {}, actions=["read"]), "mode": "data"}
    found = changes(data, change('module.a["x"].aws_vpc.this[0]', None, {}))
    assert [(each.address, each.name) for each in found] == [('module.a["x"].aws_vpc.this[0]', "this")]


def test_arguments_of_a_resource_in_a_module_are_read() -> None:
    inner = {"resources": [{"address": "aws_vpc.this", "expressions": {"cidr_block": {"constant_value": "x"}}}]}
    configuration = {"root_module": {"module_calls": {"a": {"module": inner}}}}
    plan = read_plan(text(change("module.a[1].aws_vpc.this", None, {}), configuration=configuration))
    assert plan.changes[0].arguments == {"cidr_block": {"constant_value": "x"}}


def test_moved_imported_and_deposed_objects_are_marked() -> None:
    moved = change("aws_vpc.new", {}, {}, previous_address="aws_vpc.old")
    imported = change("aws_vpc.found", {}, {})
    imported["change"]["importing"] = {"id": "vpc-1"}
    deposed = change("aws_lb.this", {}, None, deposed="0a1b2c3d")
    first, second, third = changes(moved, imported, deposed)
    assert first.previous_address == "aws_vpc.old"
    assert second.imported
    assert third.deposed


def test_region_is_read_from_the_provider_or_its_variable() -> None:
    by_variable = document(variables={"region": {"value": "us-east-1"}})
    provider = {"aws": {"expressions": {"region": {"references": ["var.region"]}}}}
    by_variable["configuration"] = {"provider_config": provider, "root_module": {}}
    assert read_plan(text()).region == "eu-west-1"
    assert read_plan(json.dumps(by_variable)).region == "us-east-1"
    assert read_plan(text(configuration={})).region is None


def test_outputs_that_change_and_drift_are_read() -> None:
    outputs = {"url": {"actions": ["update"]}, "same": {"actions": ["no-op"]}}
    drift = [change("aws_vpc.this", {"a": 1}, {"a": 2})]
    plan = read_plan(text(output_changes=outputs, resource_drift=drift))
    assert plan.changed_outputs == ("url",)
    assert [each.address for each in plan.drifted] == ["aws_vpc.this"]


SECRET = "hunter2-hunter2"
VALUES = st.recursive(
    st.just(SECRET) | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def _all_marked(value: Any) -> Any:
    """Return the marks that Terraform would set if every string were sensitive."""
    if isinstance(value, dict):
        return {name: _all_marked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_all_marked(item) for item in value]
    return isinstance(value, str)


@given(VALUES)
def test_sensitive_strings_are_redacted_at_any_depth(value: Any) -> None:
    assert SECRET not in repr(redact(value, sensitive=_all_marked(value)))
    assert repr(redact(value, sensitive=True)) == "(sensitive)"


@given(VALUES)
def test_other_values_are_not_redacted(value: Any) -> None:
    assert redact(value, sensitive=False, unknown=False) == value


def test_sensitive_values_are_comparable_and_unknown_values_are_added() -> None:
    assert redact("a", sensitive=True) == redact("a", sensitive=True) != redact("b", sensitive=True)
    assert isinstance(redact("a", sensitive=True), Sensitive)
    read = redact({"a": 1}, sensitive={"c": True}, unknown={"b": True, "c": True, "d": False})
    assert read == {"a": 1, "b": UNKNOWN, "c": UNKNOWN}
    assert redact([{}], sensitive=False, unknown=[{"arn": True}]) == [{"arn": UNKNOWN}]
