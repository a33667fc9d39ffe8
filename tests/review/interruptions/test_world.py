"""Claims about links between resources: by value, by reference, of replaced and sensitive ones."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.interruptions.order import Order
from colonnade.review.interruptions.world import Links, Object, Side, World
from colonnade.review.plan.document import plan_of
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, document

GROUP = {"id": "sg-1", "arn": "arn:sg-1"}
REPLACED = change("aws_security_group.g", GROUP, {}, actions=["create", "delete"], unknown={"id": True, "arn": True})
REFERENCE = {"references": ["aws_security_group.g.id", "aws_security_group.g"]}


def _links(rule: dict[str, Any], *others: dict[str, Any], side: Side = Side.AFTER, **fields: Any) -> Links:
    plan = plan_of(document(rule, *others, **fields))
    world = World(plan.changes, ResourceIndex(plan.changes, plan.configuration), Order([], approximate=False))
    return world.links(world.at(rule["address"]), side, "security_group_id")


def _rule(before: Any, after: Any, address: str = "aws_vpc_security_group_ingress_rule.r", **fields: Any) -> Any:
    sides = [None if each is None else {"security_group_id": each} for each in (before, after)]
    return change(address, sides[0], sides[1] if after != "unknown" else {}, **fields)


def test_a_replaced_resource_is_two_objects() -> None:
    rule = _rule("sg-1", "unknown", unknown={"security_group_id": True}, expressions={"security_group_id": REFERENCE})
    assert _links(rule, REPLACED, side=Side.BEFORE).objects == (Object("aws_security_group.g", "old"),)
    assert _links(rule, REPLACED).objects == (Object("aws_security_group.g", "new"),)


def test_a_value_that_stays_that_of_the_old_object_is_a_link_to_it() -> None:
    assert _links(_rule("sg-1", "sg-1"), REPLACED).objects == (Object("aws_security_group.g", "old"),)


def test_an_id_outside_the_plan_is_an_object_of_its_own() -> None:
    assert _links(_rule("sg-9", "sg-9")) == Links((Object("sg-9", "outside"),))


def test_a_sensitive_id_is_found_by_comparison_and_never_shown() -> None:
    rule = _rule("sg-1", "sg-1", sensitive={"security_group_id": True})
    group = change("aws_security_group.g", GROUP, GROUP)
    assert _links(rule, group).objects == (Object("aws_security_group.g"),)
    assert _links(rule) == Links((), complete=False)


def test_a_reference_that_may_mean_two_resources_is_not_complete() -> None:
    either = {"references": ["aws_security_group.g.id", "aws_security_group.h.id"]}
    rule = _rule(None, "unknown", unknown={"security_group_id": True}, expressions={"security_group_id": either})
    groups = [change(f"aws_security_group.{name}", GROUP, GROUP) for name in "gh"]
    assert not _links(rule, *groups).complete


def test_a_local_value_is_not_complete() -> None:
    local = {"references": ["local.group"]}
    rule = _rule(None, "unknown", unknown={"security_group_id": True}, expressions={"security_group_id": local})
    assert _links(rule) == Links((), complete=False)


@pytest.mark.parametrize("key", ["a", "b"])
def test_the_instance_with_the_same_key_is_meant(key: str) -> None:
    references = ["aws_security_group.g", "each.key"]
    rule = _rule(
        None,
        "unknown",
        f'aws_vpc_security_group_ingress_rule.r["{key}"]',
        unknown={"security_group_id": True},
        expressions={"security_group_id": {"references": references}},
    )
    groups = [change(f'aws_security_group.g["{name}"]', None, {}, unknown={"id": True}) for name in "ab"]
    assert _links(rule, *groups) == Links((Object(f'aws_security_group.g["{key}"]'),))


def test_an_input_of_a_module_is_followed_to_the_resource() -> None:
    inner = {"address": "aws_vpc_security_group_ingress_rule.r", "expressions": {}}
    inner["expressions"] = {"security_group_id": {"references": ["var.group"]}}
    call = {"expressions": {"group": REFERENCE}, "module": {"resources": [inner]}}
    root = {"resources": [{"address": "aws_security_group.g"}], "module_calls": {"m": call}}
    address = 'module.m["x"].aws_vpc_security_group_ingress_rule.r'
    rule = _rule(None, "unknown", address, unknown={"security_group_id": True})
    assert _links(rule, REPLACED, configuration={"root_module": root}).objects == (
        Object("aws_security_group.g", "new"),
    )
