"""Claims about what lets a load balancer reach tasks: rules of their own, and rules inside of security groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Interruption
from tests.support.plan_documents import change, interrupted

_Entry = dict[str, Any]
CREATED_FIRST, DESTROYED_FIRST = ("create", "delete"), ("delete", "create")
ALL = {"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}
INGRESS = "aws_vpc_security_group_ingress_rule"
SERVICE, GROUP, BALANCER = "aws_ecs_service.orders", "aws_security_group.tasks", "aws_lb.this"
IN_USE = {"name": "tasks", "ingress": [{**ALL, "cidr_blocks": ["10.0.0.0/16"]}], "egress": [ALL]}


def _found(*entries: _Entry, order: str = "") -> set[tuple[str, str, str]]:
    return {(each.rule, each.level.value, each.address) for each in interrupted(*entries, order=order)}


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
    (found,) = interrupted(*entries)
    assert found.trace[0].startswith(
        "The ingress rule that lets security group aws_security_group.tasks reach itself on"
    )


def _rule(group: str, peer: str) -> dict[str, Any]:
    return {
        "security_group_id": group,
        "referenced_security_group_id": peer,
        "from_port": 8080,
        "to_port": 8080,
        "ip_protocol": "tcp",
    }


GROUPS: dict[str, dict[str, Any]] = {
    "aws_lb.this": {"id": "arn:lb", "arn": "arn:lb", "security_groups": ["sg-lb"], "subnets": ["subnet-1"]},
    "aws_lb_listener.http": {
        "id": "arn:listener",
        "arn": "arn:listener",
        "load_balancer_arn": "arn:lb",
        "port": 80,
        "default_action": [{"type": "forward", "target_group_arn": "arn:tg"}],
    },
    "aws_security_group.lb": {"id": "sg-lb"},
    "aws_security_group.tasks": {"id": "sg-tasks"},
    "aws_security_group.others": {"id": "sg-others"},
    "aws_vpc_security_group_egress_rule.lb": _rule("sg-lb", "sg-tasks"),
    "aws_vpc_security_group_ingress_rule.tasks": _rule("sg-tasks", "sg-lb"),
}


def _reached(port: int = 8080, group: str = "sg-tasks") -> dict[str, Any]:
    return {
        "name": "orders",
        "desired_count": 2,
        "load_balancer": [{"target_group_arn": "arn:tg", "container_name": "app", "container_port": port}],
        "network_configuration": [{"security_groups": [group], "subnets": ["subnet-1"]}],
    }


def _levels(found: Iterable[Interruption]) -> dict[str, str]:
    return {each.rule: each.level.value for each in found}


def _closed(*entries: _Entry, order: str = "") -> Interruption:
    """Return what a closed port interrupts."""
    (found,) = (each for each in interrupted(*entries, order=order) if each.rule == "port-closed")
    return found


def _ports(after: dict[str, Any], changed: dict[str, Any] | None = None, order: str = "") -> dict[str, str]:
    """Return the level by rule for a service that changes, with other values of `GROUPS` after or on both sides."""
    sides = {address: (values, values) for address, values in GROUPS.items()} | (changed or {})
    entries = [change(address, *values) for address, values in sides.items()]
    return _levels(interrupted(change(SERVICE, _reached(), after), *entries, order=order))


@pytest.mark.parametrize(("port", "group"), [(9090, "sg-tasks"), (8080, "sg-others")])
def test_new_tasks_that_the_load_balancer_does_not_reach_make_the_rollout_fail_unless_it_is_let_in_first(
    port: int, group: str
) -> None:
    egress, ingress = "aws_vpc_security_group_egress_rule.new", f"{INGRESS}.new"
    range_ = {"from_port": port, "to_port": port}
    rules = {
        egress: {**_rule("sg-lb", group), **range_},
        ingress: {**_rule(group, "sg-lb"), **range_},
    }
    added = {address: (None, values) for address, values in rules.items()}
    assert _ports(_reached(), added) == {}
    present = {address: (values, values) for address, values in rules.items()}
    assert _ports(_reached(port, group), present) == {}
    assert _ports(_reached(port, group)) == {"port-closed": "fails"}


def test_a_rollout_that_fails_has_the_steps_that_open_its_port_first() -> None:
    entries = [change(address, values, values) for address, values in GROUPS.items()]
    for after in (_reached(port=9090), _reached(group="sg-others")):
        found = _closed(change(SERVICE, _reached(), after), *entries)
        assert (found.level.value, found.steps[0].startswith("Add ")) == ("fails", True)
    late = [
        change("aws_vpc_security_group_egress_rule.new", None, _rule("sg-lb", "sg-others")),
        change(f"{INGRESS}.new", None, _rule("sg-others", "sg-lb")),
    ]
    moved = change(SERVICE, _reached(), _reached(group="sg-others"))
    order = ",".join(f"{each['address']} -> {SERVICE}" for each in late)
    found = _closed(moved, *entries, *late, order=order)
    assert (found.level.value, found.steps[-1]) == ("fails", "Apply this change.")
    assert "terraform apply -target=" in found.steps[0]


def test_a_block_of_ipv6_addresses_does_not_let_the_load_balancer_reach_tasks() -> None:
    address = "aws_vpc_security_group_egress_rule.lb"
    everywhere = {"security_group_id": "sg-lb", "ip_protocol": "-1"}
    ipv4, ipv6 = {**everywhere, "cidr_ipv4": "0.0.0.0/0"}, {**everywhere, "cidr_ipv6": "::/0"}
    both = {address: (ipv4, None), "aws_vpc_security_group_egress_rule.ipv6": (ipv6, ipv6)}
    assert _ports(_reached(), both) == {"port-closed": "interrupts"}


def test_an_apply_that_lets_the_load_balancer_reach_running_tasks_again_interrupts_nothing() -> None:
    address = "aws_vpc_security_group_ingress_rule.tasks"
    rule = GROUPS[address]
    assert _ports(_reached(), {address: ({**rule, "from_port": 9000, "to_port": 9999}, rule)}) == {}
    assert _ports(_reached(), {address: (None, rule)}) == {}
    assert _ports(_reached(), {address: (rule, {**rule, "from_port": 9000, "to_port": 9999})}) == {
        "port-closed": "interrupts"
    }


def test_a_rule_outside_the_plan_that_lets_the_load_balancer_in_is_not_judged() -> None:
    subnet = {"security_group_id": "sg-tasks", "cidr_ipv4": "10.0.0.0/16", "ip_protocol": "-1"}
    ssh = {**subnet, "cidr_ipv4": "192.0.2.1/32"}
    changed = {
        "aws_vpc_security_group_ingress_rule.tasks": (subnet, subnet),
        "aws_vpc_security_group_ingress_rule.ssh": (ssh, None),
    }
    assert _ports(_reached(), changed) == {"port-closed": "cannot judge"}


def test_a_security_group_has_the_name_of_the_service_that_uses_it() -> None:
    address = f"{INGRESS}.tasks"
    kept = {each: (values, values) for each, values in GROUPS.items()} | {address: (GROUPS[address], None)}
    group = change("aws_security_group.shared_by_tasks", {"id": "sg-tasks"}, {"id": "sg-tasks"})
    entries = [change(each, *sides) for each, sides in kept.items() if each != "aws_security_group.tasks"]
    found = _closed(change(SERVICE, _reached(), _reached()), group, *entries)
    assert found.trace[0] == "The ingress rule that lets the load balancer reach orders on port 8080 is deleted."


def test_tasks_of_which_the_plan_does_not_show_the_groups_are_not_judged() -> None:
    after = {key: value for key, value in _reached().items() if key != "network_configuration"}
    entries = [change(address, values, values) for address, values in GROUPS.items()]
    judged = interrupted(change(SERVICE, _reached(), after, unknown={"network_configuration": True}), *entries)
    assert _levels(judged) == {"port-closed": "cannot judge"}
