"""Claims about target groups that another load balancer gets: AWS allows one load balancer for each of them."""

from __future__ import annotations

from typing import Any

from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judgement import interruptions
from colonnade.review.plan.document import read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, text

BALANCER, LISTENER, RULE = "aws_lb.shop", "aws_lb_listener.https", "aws_lb_listener_rule.orders"
GROUP = "aws_lb_target_group.orders"
ARN = "arn:aws:elasticloadbalancing:eu-west-1:999988887777:"
ONE, LISTENER_OF_ONE, ORDERS = (
    f"{ARN}loadbalancer/app/one/a",
    f"{ARN}listener/app/one/a/1",
    f"{ARN}targetgroup/orders/c",
)
LISTENER_OF_OTHER = f"{ARN}listener/app/other/b/2"
CREATED_FIRST, DESTROYED_FIRST = ("create", "delete"), ("delete", "create")
CHAIN = f"{LISTENER} -> {BALANCER},{RULE} -> {LISTENER}"


def _found(*entries: dict[str, Any], order: str) -> list[Interruption]:
    nodes = [f'"[root] {each["address"]}" [label = ""]' for each in entries]
    edges = [" -> ".join(f'"[root] {node.strip()}"' for node in pair.split("->")) for pair in order.split(",") if pair]
    plan = read_plan(text(*entries), "\n".join([*nodes, *edges]))
    found = interruptions(plan, ResourceIndex(plan.changes, plan.configuration), plan.graph).found
    return [each for each in found if each.rule == "target-group-taken"]


def _group() -> dict[str, Any]:
    values = {"arn": ORDERS, "id": ORDERS, "name": "orders"}
    return change(GROUP, values, values)


def _forwarding(listener: str | None) -> dict[str, Any]:
    values = {"priority": 1, "condition": [{"path_pattern": [{"values": ["/orders"]}]}]}
    action = [{"type": "forward", "target_group_arn": ORDERS}]
    return {**values, "action": action, **({"listener_arn": listener} if listener is not None else {})}


def _replaced(address: str, before: dict[str, Any], refers_to: str, attribute: str, actions: Any) -> dict[str, Any]:
    after = {key: value for key, value in before.items() if key not in ("arn", attribute)}
    expressions = {attribute: {"references": [f"{refers_to}.arn", refers_to]}}
    return change(
        address, before, after, actions=actions, unknown={"arn": True, attribute: True}, expressions=expressions
    )


def _load_balancer_replaced(actions: Any) -> list[dict[str, Any]]:
    return [
        _group(),
        change(BALANCER, {"arn": ONE, "name": "one"}, {"name": "two"}, actions=actions, unknown={"arn": True}),
        _replaced(LISTENER, {"arn": LISTENER_OF_ONE, "load_balancer_arn": ONE}, BALANCER, "load_balancer_arn", actions),
        _replaced(RULE, _forwarding(LISTENER_OF_ONE), LISTENER, "listener_arn", actions),
    ]


def test_a_load_balancer_that_is_created_first_needs_target_groups_of_its_own() -> None:
    order = f"{CHAIN},{RULE} (destroy) -> {RULE}"
    (found,) = _found(*_load_balancer_replaced(CREATED_FIRST), order=order)
    assert (found.level.value, found.address) == ("fails", RULE)
    assert found.text == (
        "the listener rule for /orders of one load balancer forwards to the target group orders, which another one "
        "still has"
    )
    assert found.trace[-1] == "AWS refuses this (TargetGroupAssociationLimit), and the apply stops halfway."


def test_a_load_balancer_that_is_destroyed_first_leaves_its_target_groups() -> None:
    order = f"{CHAIN},{BALANCER} -> {BALANCER} (destroy),{BALANCER} (destroy) -> {RULE} (destroy)"
    assert _found(*_load_balancer_replaced(DESTROYED_FIRST), order=order) == []


def test_a_rule_that_moves_to_the_listener_of_another_load_balancer_waits_until_the_former_one_is_gone() -> None:
    moved = [
        _group(),
        change(f"{RULE}_old", _forwarding(LISTENER_OF_ONE), None),
        change(RULE, None, _forwarding(LISTENER_OF_OTHER)),
    ]
    (found,) = _found(*moved, order="")
    assert found.level.value == "fails"
    assert found.trace[1].startswith("Nothing makes this wait until the listener rule for /orders")
    assert _found(*moved, order=f"{RULE} -> {RULE}_old (destroy)") == []


def test_a_rule_of_the_same_load_balancer_may_have_the_same_target_group() -> None:
    other_port = change(RULE, None, _forwarding(f"{ARN}listener/app/one/a/2"))
    assert _found(_group(), change(f"{RULE}_old", _forwarding(LISTENER_OF_ONE), None), other_port, order="") == []


def test_a_second_load_balancer_for_a_target_group_that_stays_is_always_refused() -> None:
    values = _forwarding(LISTENER_OF_ONE)
    (found,) = _found(
        _group(), change(f"{RULE}_old", values, values), change(RULE, None, _forwarding(LISTENER_OF_OTHER)), order=""
    )
    assert found.level.value == "fails"
    assert "still has" in found.effect
    assert "may" not in found.effect
