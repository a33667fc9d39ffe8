"""Claims about prefix lists that security group rules name: who leaves a list is shut out, who gets in is let in."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Level
from tests.support.plan_documents import change, interrupted

_Entry = dict[str, Any]
LIST, ENTRY = "aws_ec2_managed_prefix_list.clients", "aws_ec2_managed_prefix_list_entry"
RULE = {
    "from_port": 80,
    "to_port": 80,
    "prefix_list_id": "pl-1",
    "ip_protocol": "tcp",
    "security_group_id": "sg-1",
}
BALANCER = {"id": "arn:lb", "arn": "arn:lb", "security_groups": ["sg-1"]}
LISTENER = {"load_balancer_arn": "arn:lb", "port": 80, "default_action": [{"type": "fixed-response"}]}
FRONT = [change("aws_lb.this", BALANCER, BALANCER), change("aws_lb_listener.http", LISTENER, LISTENER)]
INGRESS = change("aws_vpc_security_group_ingress_rule.clients", RULE, RULE)


def _list(before: list[str] | None, after: list[str] | None) -> _Entry:
    sides = (
        None if each is None else {"id": "pl-1", "entry": [{"cidr": cidr} for cidr in each]} for each in (before, after)
    )
    return change(LIST, *sides)


def _entry(name: str, before: str | None, after: str | None, list_: str = "pl-1") -> _Entry:
    sides = (None if each is None else {"prefix_list_id": list_, "cidr": each} for each in (before, after))
    return change(f"{ENTRY}.{name}", *sides)


OFFICE, HALVES = "192.0.2.0/24", ("192.0.2.0/25", "192.0.2.128/25")


@pytest.mark.parametrize(
    ("after", "level"),
    [
        ([OFFICE], None),
        (list(HALVES), None),
        (["0.0.0.0/0"], None),
        ([HALVES[0]], Level.WANTED),
        ([], Level.INTERRUPTS),
    ],
)
def test_clients_that_leave_the_list_of_a_rule_are_shut_out(after: list[str], level: Level | None) -> None:
    found = interrupted(*FRONT, INGRESS, _list([OFFICE], after))
    assert [each.level for each in found] == ([level] if level else [])
    assert {each.trace[0] for each in found} <= {"The prefix list clients is changed."}


def test_an_entry_that_goes_before_its_successors_exist_may_shut_clients_out() -> None:
    entries = [_entry("old", OFFICE, None), *(_entry(f"new{n}", None, each) for n, each in enumerate(HALVES))]
    (found,) = interrupted(*FRONT, INGRESS, _list([], []), *entries)
    assert (found.level, found.rule) == (Level.MAY_INTERRUPT, "listener-unreachable")
    assert found.trace[0] == "The prefix list entry old is deleted."
    assert found.steps[0] == "Keep the prefix list entry old, and make the other changes. Apply."
    order = ",".join(f"{ENTRY}.old (destroy) -> {ENTRY}.new{n}" for n in range(2))
    assert interrupted(*FRONT, INGRESS, _list([], []), *entries, order=order) == ()


def test_an_entry_that_leaves_a_list_outside_of_the_plan_shuts_out_its_clients_alone() -> None:
    (found,) = interrupted(*FRONT, INGRESS, _entry("office", OFFICE, None))
    assert (found.level, found.subjects) == (Level.WANTED, ("some connections to port 80",))


def test_a_block_that_moves_from_a_rule_to_a_list_is_let_in_by_both() -> None:
    former = {**RULE, "prefix_list_id": None, "cidr_ipv4": OFFICE}
    moved = change("aws_vpc_security_group_ingress_rule.clients", former, RULE)
    assert interrupted(*FRONT, moved, _list([OFFICE], [OFFICE])) == ()
    assert {each.level for each in interrupted(*FRONT, moved, _list([HALVES[0]], [HALVES[0]]))} == {Level.WANTED}


def test_entries_that_the_plan_does_not_show_are_not_taken_for_harmless() -> None:
    hidden = change(LIST, {"id": "pl-1", "entry": [{"cidr": OFFICE}]}, {"id": "pl-1"}, unknown={"entry": True})
    assert {each.level for each in interrupted(*FRONT, INGRESS, hidden)} == {Level.CANNOT_JUDGE}


def test_tasks_in_a_list_that_loses_the_subnets_of_the_load_balancer_get_no_requests() -> None:
    subnet = {"id": "subnet-1", "cidr_block": "10.0.0.0/24"}
    service = {
        "name": "orders",
        "desired_count": 2,
        "load_balancer": [{"target_group_arn": "arn:tg", "container_port": 80}],
        "network_configuration": [{"security_groups": ["sg-tasks"], "subnets": ["subnet-1"]}],
    }
    kept: dict[str, dict[str, Any]] = {
        "aws_lb.this": {**BALANCER, "subnets": ["subnet-1"]},
        "aws_lb_listener.http": {**LISTENER, "default_action": [{"type": "forward", "target_group_arn": "arn:tg"}]},
        "aws_subnet.public": subnet,
        "aws_ecs_service.orders": service,
        "aws_vpc_security_group_egress_rule.all": {**RULE, "prefix_list_id": None, "cidr_ipv4": "0.0.0.0/0"},
        "aws_vpc_security_group_ingress_rule.tasks": {**RULE, "security_group_id": "sg-tasks"},
    }
    entries = [change(address, each, each) for address, each in kept.items()]
    for after, found in (([], {("interrupts", "port-closed")}), (["10.0.0.0/8"], set[tuple[str, str]]())):
        judged = interrupted(*entries, _list(["10.0.0.0/16"], after))
        assert {(each.level.value, each.rule) for each in judged} == found


def test_a_list_that_a_rule_or_a_route_still_names_is_not_deleted() -> None:
    route = {"route_table_id": "rtb-1", "destination_prefix_list_id": "pl-1", "nat_gateway_id": "nat-1"}
    for user in (INGRESS, change("aws_route.clients", route, route)):
        found = {each.rule: each for each in interrupted(*FRONT, user, _list([OFFICE], None))}
        assert found["deletion-refused"].level is Level.FAILS
    removed = change("aws_vpc_security_group_ingress_rule.clients", RULE, None)
    order = f"{LIST} (destroy) -> {removed['address']} (destroy)"
    assert "deletion-refused" not in {
        each.rule for each in interrupted(*FRONT, removed, _list([OFFICE], None), order=order)
    }
