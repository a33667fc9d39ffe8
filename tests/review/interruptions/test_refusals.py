"""Claims about operations that AWS refuses: protected deletions, a target group that is taken, deployments, names."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Interruption, Level
from tests.support.plan_documents import change, interrupted

_Entry = dict[str, Any]
PROTECTIONS: dict[str, tuple[str, object, object]] = {
    "aws_lb": ("enable_deletion_protection", True, False),
    "aws_db_instance": ("deletion_protection", True, False),
    "aws_rds_cluster": ("deletion_protection", True, None),
    "aws_dynamodb_table": ("deletion_protection_enabled", True, False),
    "aws_cognito_user_pool": ("deletion_protection", "ACTIVE", "INACTIVE"),
}


@pytest.mark.parametrize("type_", PROTECTIONS)
@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_resource_with_deletion_protection_is_not_deleted(type_: str, is_replaced: bool) -> None:
    argument, on, off = PROTECTIONS[type_]
    actions, address = (["delete", "create"], f"{type_}.this") if is_replaced else (["delete"], f"{type_}.this")
    after = {argument: off} if is_replaced else None
    (found,) = interrupted(change(address, {argument: on}, after, actions=actions))
    assert (found.level, found.rule, found.prevents_apply) == (Level.FAILS, "deletion-refused", True)
    assert argument in found.steps[0]
    assert interrupted(change(address, {argument: off}, after, actions=actions)) == ()
    assert interrupted(change(address, {argument: on}, {argument: off})) == ()


@pytest.mark.parametrize(("forced", "rules"), [(False, {"deletion-refused"}), (True, set[str]())])
def test_the_provider_empties_a_discovery_service_that_it_destroys_by_force(forced: bool, rules: set[str]) -> None:
    address, user = "aws_service_discovery_service.orders", "aws_ecs_service.orders"
    registered = {"name": "orders", "service_registries": [{"registry_arn": "arn:registry"}]}
    gone = change(address, {"arn": "arn:registry", "id": "srv-1", "force_destroy": forced}, None)
    moved = change(user, registered, {"name": "orders", "service_registries": []})
    found = interrupted(gone, moved, order=f"{user} -> {address} (destroy)")
    assert {each.rule for each in found} == rules


def test_nothing_comes_after_a_deletion_that_is_refused() -> None:
    name = {"name": "a.example.com", "type": "A"}
    moved = [change("aws_route53_record.old", name, None), change("aws_route53_record.new", None, name)]
    protected = change("aws_lb.this", {"enable_deletion_protection": True}, None)
    order = "aws_route53_record.old (destroy) -> aws_lb.this (destroy)"
    assert {each.rule for each in interrupted(*moved, protected, order=order)} == {"deletion-refused"}


BALANCERS = [change(f"aws_lb.{n}", {"arn": f"arn:lb:{n}"}, {"arn": f"arn:lb:{n}"}) for n in (1, 2)]
GROUP = change("aws_lb_target_group.orders", {"arn": "arn:tg", "id": "arn:tg"}, {"arn": "arn:tg", "id": "arn:tg"})
FIXED = [{"type": "fixed-response"}]


def _listener(balancer: int, *, before: bool, after: bool) -> _Entry:
    """Return the listener of a load balancer that forwards to the target group before or after the apply."""
    forward = [{"type": "forward", "target_group_arn": "arn:tg"}]
    sides = (
        {"load_balancer_arn": f"arn:lb:{balancer}", "port": 80, "default_action": forward if each else FIXED}
        for each in (before, after)
    )
    return change(f"aws_lb_listener.of_{balancer}", *sides)


def _refused(*entries: _Entry, order: str | None = "") -> list[Interruption]:
    return [each for each in interrupted(*BALANCERS, GROUP, *entries, order=order) if each.rule == "target-group-taken"]


def test_a_target_group_belongs_to_one_load_balancer() -> None:
    (found,) = _refused(_listener(1, before=True, after=True), _listener(2, before=False, after=True))
    assert (found.level, found.address) == (Level.FAILS, "aws_lb_listener.of_2")
    assert found.trace[-1].startswith("AWS refuses this (TargetGroupAssociationLimit)")
    (found,) = _refused(*(_listener(n, before=False, after=True) for n in (1, 2)))
    assert (found.level, found.prevents_apply) == (Level.FAILS, False)
    assert _refused(_listener(1, before=True, after=True)) == []


@pytest.mark.parametrize(
    ("order", "level", "prevents_apply"),
    [
        ("aws_lb_listener.of_2 -> aws_lb_listener.of_1", None, False),
        ("aws_lb_listener.of_1 -> aws_lb_listener.of_2", Level.FAILS, True),
        ("", Level.FAILS, False),
        (None, Level.CANNOT_JUDGE, False),
    ],
)
def test_a_target_group_leaves_its_load_balancer_before_another_one_gets_it(
    order: str | None, level: Level | None, prevents_apply: bool
) -> None:
    moved = (_listener(1, before=True, after=False), _listener(2, before=False, after=True))
    found = [(each.level, each.prevents_apply) for each in _refused(*moved, order=order)]
    assert found == ([(level, prevents_apply)] if level else [])


def test_a_load_balancer_that_is_created_first_gets_its_target_group_too_early() -> None:
    balancer = change("aws_lb.1", {"arn": "arn:lb:1"}, {"arn": None}, actions=["create", "delete"])
    sides = [{"load_balancer_arn": arn, "port": 80} for arn in ("arn:lb:1", None)]
    action = {"default_action": [{"type": "forward", "target_group_arn": "arn:tg"}]}
    balancer["change"]["after_unknown"] = {"arn": True}
    listener = change(
        "aws_lb_listener.of_1",
        {**sides[0], **action},
        {**sides[1], **action},
        actions=["create", "delete"],
        unknown={"load_balancer_arn": True},
        expressions={"load_balancer_arn": {"references": ["aws_lb.1.arn", "aws_lb.1"]}},
    )
    first = "aws_lb_listener.of_1 (destroy) -> aws_lb_listener.of_1"
    last = "aws_lb_listener.of_1 -> aws_lb_listener.of_1 (destroy)"
    for order, count in ((first, 1), (last, 0)):
        found = interrupted(balancer, listener, GROUP, order=order)
        assert sum(each.rule == "target-group-taken" for each in found) == count


@pytest.mark.parametrize(
    ("controller", "changed", "found"),
    [
        ("CODE_DEPLOY", {"task_definition": "orders:2"}, [("fails", "rollout-refused")]),
        ("CODE_DEPLOY", {"network_configuration": [{"subnets": ["subnet-2"]}]}, [("fails", "rollout-refused")]),
        ("CODE_DEPLOY", {"desired_count": 3, "health_check_grace_period_seconds": 60}, []),
        ("ECS", {"task_definition": "orders:2"}, []),
    ],
)
def test_ecs_does_not_update_what_only_code_deploy_changes(
    controller: str, changed: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    service = {
        "name": "orders",
        "desired_count": 2,
        "task_definition": "orders:1",
        "network_configuration": [{"subnets": ["subnet-1"]}],
        "deployment_controller": [{"type": controller}],
    }
    judged = interrupted(change("aws_ecs_service.orders", service, {**service, **changed}))
    assert [(each.level.value, each.rule) for each in judged] == found


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("aws_iam_role", {"name": "orders"}),
        ("aws_cloudwatch_log_group", {"name": "/orders"}),
        ("aws_ecs_service", {"name": "orders", "cluster": "arn:cluster"}),
    ],
)
def test_a_resource_at_another_address_needs_the_name_that_its_former_one_has(
    type_: str, values: dict[str, Any]
) -> None:
    entries = [change(f"{type_}.old", values, None), change(f"{type_}.new", None, values)]
    (found,) = (each for each in interrupted(*entries) if each.rule == "name-taken")
    assert (found.level.value, found.steps) == (
        "fails",
        (f"Move {type_}.old to {type_}.new in a `moved` block: then it is not created again. Apply.",),
    )
    judged = interrupted(*entries, order=f"{type_}.new -> {type_}.old (destroy)")
    assert "name-taken" not in {each.rule for each in judged}


def test_a_service_that_is_created_first_needs_another_name_or_another_cluster() -> None:
    before = {"name": "orders", "cluster": "arn:one"}
    order = "aws_ecs_service.orders (destroy) -> aws_ecs_service.orders"
    for after, found in ((before, {"name-taken"}), ({"name": "orders", "cluster": "arn:two"}, set[str]())):
        replaced = change("aws_ecs_service.orders", before, after, actions=("create", "delete"))
        assert {each.rule for each in interrupted(replaced, order=order)} == found
