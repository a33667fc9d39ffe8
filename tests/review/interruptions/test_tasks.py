"""Claims about what tasks need to start, and about their rollouts: policies, log groups, rollbacks, too few tasks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Interruption
from tests.support.plan_documents import change, interrupted

SERVICE, DEFINITION = "aws_ecs_service.orders", "aws_ecs_task_definition.orders"
ROLE, POLICY, LOGS = "aws_iam_role.orders", "aws_iam_role_policy.orders", "aws_cloudwatch_log_group.orders"
CONTAINERS = json.dumps([{"name": "app", "logConfiguration": {"options": {"awslogs-group": "/orders"}}}])
OLD, NEW = "arn:aws:ecs:eu-west-1:999988887777:task-definition/orders:1", {"task_definition": True}
REPLACED = ("delete", "create")


def _service(**values: Any) -> dict[str, Any]:
    """Return the update of a service that gets new tasks."""
    before = {"name": "orders", "desired_count": 2, "wait_for_steady_state": True, "task_definition": OLD, **values}
    after = {key: value for key, value in before.items() if key != "task_definition"}
    expressions = {"task_definition": {"references": [f"{DEFINITION}.arn", DEFINITION]}}
    return change(SERVICE, before, after, unknown=NEW, expressions=expressions)


def _definition(**values: Any) -> dict[str, Any]:
    before = {"arn": OLD, "execution_role_arn": "arn:role", "container_definitions": CONTAINERS, **values}
    after = {key: value for key, value in before.items() if key != "arn"}
    return change(DEFINITION, before, after, actions=REPLACED, unknown={"arn": True})


def _found(*entries: dict[str, Any], order: str = "") -> dict[str, Interruption]:
    """Return what an apply interrupts by rule."""
    return {each.rule: each for each in interrupted(*entries, order=order)}


def _role() -> dict[str, Any]:
    values = {"arn": "arn:role", "name": "orders", "id": "orders"}
    return change(ROLE, values, values)


def test_a_policy_of_the_execution_role_that_is_replaced_may_keep_tasks_from_starting() -> None:
    policy = {"role": "orders", "policy": "{}", "id": "orders:pull"}
    replaced = change(POLICY, policy, {"role": "orders", "policy": "{}"}, actions=REPLACED, unknown={"id": True})
    order = f"{POLICY} -> {POLICY} (destroy),{SERVICE} -> {POLICY}"
    found = _found(_service(), _definition(), _role(), replaced, order=order)["tasks-without-policy"]
    assert (found.level.value, found.services) == ("may interrupt", ("orders",))
    created_first = change(POLICY, policy, {"role": "orders"}, actions=("create", "delete"), unknown={"id": True})
    assert "tasks-without-policy" not in _found(
        _service(), _definition(), _role(), created_first, order=f"{POLICY} (destroy) -> {POLICY}"
    )


def test_a_policy_of_tasks_that_stay_may_be_removed() -> None:
    service = change(SERVICE, {"name": "orders", "task_definition": OLD}, {"name": "orders", "task_definition": OLD})
    definition = change(DEFINITION, {"arn": OLD, "execution_role_arn": "arn:role"}, {"arn": OLD})
    removed = change(POLICY, {"role": "orders", "policy": "{}"}, None)
    assert _found(service, definition, _role(), removed, order=f"{POLICY} (destroy) -> {ROLE}") == {}


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (f"{SERVICE} -> {LOGS},{LOGS} -> {LOGS} (destroy)", True),
        (f"{LOGS} (destroy) -> {SERVICE},{SERVICE} -> {LOGS}", False),
    ],
)
def test_a_log_group_is_kept_until_the_former_tasks_have_gone(order: str, found: bool) -> None:
    group = change(LOGS, {"name": "/orders"}, {"name": "/other"}, actions=REPLACED)
    containers = CONTAINERS.replace("/orders", "/other")
    definition = _definition()
    definition["change"]["after"]["container_definitions"] = containers
    assert ("tasks-without-logs" in _found(_service(), definition, group, order=order)) is found


@pytest.mark.parametrize("skip_destroy", [True, False])
def test_a_definition_that_is_deregistered_first_is_a_question_if_ecs_rolls_back(skip_destroy: bool) -> None:
    service = _service(deployment_circuit_breaker=[{"enable": True, "rollback": True}])
    found = _found(service, _definition(skip_destroy=skip_destroy), order=f"{SERVICE} -> {DEFINITION} (destroy)")
    assert {rule: each.level.value for rule, each in found.items()} == (
        {} if skip_destroy else {"rollback-lost": "question"}
    )
    assert _found(_service(), _definition(skip_destroy=skip_destroy)) == {}


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "level"),
    [
        (2, 100, 200, None),
        (2, None, None, None),
        (1, 0, 100, "interrupts"),
        (1, 0, 200, "may interrupt"),
        (1, 50, 200, None),
        (3, 50, 200, "question"),
        (3, 100, 100, "fails"),
        (3, 100, 120, "fails"),
        (0, 0, 100, None),
    ],
)
def test_the_percents_of_a_rollout_decide_how_many_tasks_remain(
    desired: int, minimum: int | None, maximum: int | None, level: str | None
) -> None:
    percents = {"deployment_minimum_healthy_percent": minimum, "deployment_maximum_percent": maximum}
    found = _found(_service(desired_count=desired, **percents), _definition(skip_destroy=True))
    assert {each.level.value for each in found.values()} == ({level} if level is not None else set())
