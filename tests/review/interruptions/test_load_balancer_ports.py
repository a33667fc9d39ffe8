"""Claims about what lets a load balancer reach tasks, in Terraform with rules inside of its security groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judgement import interruptions
from colonnade.review.plan.document import read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, text

_Entry = dict[str, Any]
CREATED_FIRST, DESTROYED_FIRST = ("create", "delete"), ("delete", "create")
ALL = {"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}
SERVICE, GROUP, BALANCER = "aws_ecs_service.orders", "aws_security_group.tasks", "aws_lb.this"
IN_USE = {"name": "tasks", "ingress": [{**ALL, "cidr_blocks": ["10.0.0.0/16"]}], "egress": [ALL]}


def _found(*entries: _Entry, order: str = "") -> set[tuple[str, str, str]]:
    return {(each.rule, each.level.value, each.address) for each in _judged(entries, order)}


def _judged(entries: Iterable[_Entry], order: str) -> tuple[Interruption, ...]:
    """Return what an apply interrupts; `order` has pairs 'LATER -> EARLIER'."""
    edges = [" -> ".join(f'"[root] {node.strip()}"' for node in pair.split("->")) for pair in order.split(",") if pair]
    plan = read_plan(text(*entries))
    return interruptions(plan, ResourceIndex(plan.changes, plan.configuration), "\n".join(["digraph {}", *edges])).found


def _front(name: str, **replaced: Any) -> list[_Entry]:
    """Return a load balancer, its security group and its listener; `replaced` are fields of the first and the last."""
    balancer = {"id": f"arn:{name}", "arn": f"arn:{name}", "security_groups": [f"sg-{name}"], "subnets": ["subnet-1"]}
    group = {"id": f"sg-{name}", "ingress": [ALL], "egress": [ALL]}
    action = [{"type": "forward", "target_group_arn": f"arn:tg-{name}"}]
    listener = {"id": f"arn:on-{name}", "load_balancer_arn": f"arn:{name}", "port": 80, "default_action": action}
    return [
        change(f"aws_lb.{name}", balancer, replaced.get("balancer", balancer), **replaced.get("fields", {})),
        change(f"aws_security_group.{name}", group, group),
        change(f"aws_lb_listener.{name}", listener, replaced.get("listener", listener), **replaced.get("fields", {})),
        change(f"aws_lb_target_group.{name}", *[{"id": f"arn:tg-{name}", "arn": f"arn:tg-{name}"}] * 2),
        change("aws_subnet.one", *[{"id": "subnet-1", "cidr_block": "10.0.1.0/24"}] * 2),
    ]


def _tasks(group: str = "sg-tasks", balancers: Iterable[str] = ("this",)) -> dict[str, Any]:
    return {
        "name": "orders",
        "desired_count": 2,
        "load_balancer": [{"target_group_arn": f"arn:tg-{each}", "container_port": 8080} for each in balancers],
        "network_configuration": [{"security_groups": [group], "subnets": ["subnet-1"]}],
    }


@pytest.mark.parametrize(
    ("revoked_first", "found"), [(False, set[Any]()), (True, {("port-closed", "interrupts", GROUP)})]
)
def test_a_security_group_is_only_deleted_when_no_task_has_it_any_more(revoked_first: bool, found: set[Any]) -> None:
    former = {"id": "sg-tasks", "revoke_rules_on_delete": revoked_first, **IN_USE}
    group = change(GROUP, former, IN_USE, actions=CREATED_FIRST, unknown={"id": True})
    group["configuration"] = {"address": GROUP, "type": "aws_security_group", "expressions": {}}
    references = {"security_groups": {"references": [f"{GROUP}.id", GROUP]}}
    after = _tasks()
    after["network_configuration"] = [{"subnets": ["subnet-1"]}]
    unknown = {"network_configuration": [{"security_groups": True}]}
    service = change(SERVICE, _tasks(), after, unknown=unknown, expressions={"network_configuration": [references]})
    order = f"{SERVICE} -> {GROUP}, {GROUP} (destroy) -> {SERVICE}"
    assert _found(service, group, *_front("this"), order=order) == found


def test_a_load_balancer_that_goes_does_not_interrupt_what_comes_through_another_one() -> None:
    group = change(GROUP, *[{"id": "sg-tasks", **IN_USE}] * 2)
    service = change(SERVICE, _tasks(balancers=("this", "internal")), _tasks())
    gone = [change(each["address"], each["change"]["before"], None) for each in _front("internal")[:3]]
    order = f"{BALANCER.replace('this', 'internal')} (destroy) -> aws_lb_listener.internal (destroy)"
    assert _found(service, group, *_front("this"), *gone, order=order) == set()


def test_a_replaced_load_balancer_interrupts_its_listeners_and_nothing_else() -> None:
    group = change(GROUP, *[{"id": "sg-tasks", **IN_USE}] * 2)
    fields = {"actions": DESTROYED_FIRST}
    order = (
        f"{BALANCER} (destroy) -> aws_lb_listener.this (destroy), {BALANCER} -> {BALANCER} (destroy), "
        f"aws_lb_listener.this -> {BALANCER}"
    )
    found = _found(change(SERVICE, *[_tasks()] * 2), group, *_front("this", fields=fields), order=order)
    assert found == {("listener-unreachable", "interrupts", "aws_lb_listener.this")}


def test_a_rule_for_the_security_group_itself_has_words_of_its_own() -> None:
    rule = {"type": "ingress", "security_group_id": "sg-tasks", "self": True, "protocol": "-1"}
    users = {**_tasks(balancers=()), "name": "users", "task_definition": "arn:users"}
    containers = '[{"name": "app", "portMappings": [{"containerPort": 8080}]}]'
    entries = [
        change(SERVICE, *[_tasks()] * 2),
        change("aws_ecs_service.users", *[users] * 2),
        change("aws_ecs_task_definition.users", *[{"arn": "arn:users", "container_definitions": containers}] * 2),
        change(GROUP, *[{"id": "sg-tasks", **IN_USE, "ingress": []}] * 2),
        change("aws_security_group_rule.itself", rule, None),
    ]
    (found,) = _judged(entries, "")
    assert found.trace[0].startswith(
        "The ingress rule that lets security group aws_security_group.tasks reach itself on"
    )
