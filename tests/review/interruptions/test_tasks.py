"""Needs of tasks that no recorded plan lacks: policies, log groups, rollbacks, rollouts with too few tasks, names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judgement import interruptions
from colonnade.review.plan.document import read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, text

SERVICE, DEFINITION = "aws_ecs_service.orders", "aws_ecs_task_definition.orders"
ROLE, POLICY, LOGS = "aws_iam_role.orders", "aws_iam_role_policy.orders", "aws_cloudwatch_log_group.orders"
CONTAINERS = json.dumps([{"name": "app", "logConfiguration": {"options": {"awslogs-group": "/orders"}}}])
OLD, NEW = "arn:aws:ecs:eu-west-1:999988887777:task-definition/orders:1", {"task_definition": True}
REPLACED = ("delete", "create")
_INGRESS = "aws_vpc_security_group_ingress_rule"


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
    """Return what an apply interrupts by rule; `order` has pairs 'LATER -> EARLIER'."""
    edges = [" -> ".join(f'"[root] {node.strip()}"' for node in pair.split("->")) for pair in order.split(",") if pair]
    plan = read_plan(text(*entries))
    found = interruptions(plan, ResourceIndex(plan.changes, plan.configuration), "\n".join(edges)).found
    return {each.rule: each for each in found}


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
    "aws_vpc_security_group_egress_rule.lb": {
        "security_group_id": "sg-lb",
        "referenced_security_group_id": "sg-tasks",
        "from_port": 8080,
        "to_port": 8080,
        "ip_protocol": "tcp",
    },
    "aws_vpc_security_group_ingress_rule.tasks": {
        "security_group_id": "sg-tasks",
        "referenced_security_group_id": "sg-lb",
        "from_port": 8080,
        "to_port": 8080,
        "ip_protocol": "tcp",
    },
}


def _reached(port: int = 8080, group: str = "sg-tasks") -> dict[str, Any]:
    return {
        "name": "orders",
        "desired_count": 2,
        "load_balancer": [{"target_group_arn": "arn:tg", "container_name": "app", "container_port": port}],
        "network_configuration": [{"security_groups": [group], "subnets": ["subnet-1"]}],
    }


def _ports(after: dict[str, Any], changed: dict[str, Any] | None = None, order: str = "") -> dict[str, str]:
    """Return the level by rule for a service that changes, with other values of `GROUPS` after or on both sides."""
    sides = {address: (values, values) for address, values in GROUPS.items()} | (changed or {})
    entries = [change(address, *values) for address, values in sides.items()]
    found = _found(change(SERVICE, _reached(), after), *entries, order=order)
    return {rule: each.level.value for rule, each in found.items()}


@pytest.mark.parametrize(("port", "group"), [(9090, "sg-tasks"), (8080, "sg-others")])
def test_new_tasks_that_the_load_balancer_does_not_reach_make_the_rollout_fail_unless_it_is_let_in_first(
    port: int, group: str
) -> None:
    egress, ingress = "aws_vpc_security_group_egress_rule.new", f"{_INGRESS}.new"
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
        found = _found(change(SERVICE, _reached(), after), *entries)["port-closed"]
        assert (found.level.value, found.steps[0].startswith("Add ")) == ("fails", True)
    late = [
        change("aws_vpc_security_group_egress_rule.new", None, _rule("sg-lb", "sg-others")),
        change(f"{_INGRESS}.new", None, _rule("sg-others", "sg-lb")),
    ]
    moved = change(SERVICE, _reached(), _reached(group="sg-others"))
    order = ",".join(f"{each['address']} -> {SERVICE}" for each in late)
    found = _found(moved, *entries, *late, order=order)["port-closed"]
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
    found = _found(*entries)["name-taken"]
    assert (found.level.value, found.steps) == (
        "fails",
        (f"Move {type_}.old to {type_}.new in a `moved` block: then it is not created again. Apply.",),
    )
    assert "name-taken" not in _found(*entries, order=f"{type_}.new -> {type_}.old (destroy)")


def test_a_service_that_is_created_first_needs_another_name_or_another_cluster() -> None:
    before, order = {"name": "orders", "cluster": "arn:one"}, f"{SERVICE} (destroy) -> {SERVICE}"
    for after, found in ((before, {"name-taken"}), ({"name": "orders", "cluster": "arn:two"}, set[str]())):
        replaced = change(SERVICE, before, after, actions=("create", "delete"))
        assert set(_found(replaced, order=order)) == found


def _called(port: int) -> str:
    return json.dumps([{"name": "app", "portMappings": [{"containerPort": port}]}])


def _rule(group: str, peer: str) -> dict[str, Any]:
    return {
        "security_group_id": group,
        "referenced_security_group_id": peer,
        "from_port": 8080,
        "to_port": 8080,
        "ip_protocol": "tcp",
    }


@pytest.mark.parametrize(("port", "found"), [(9090, {"called-port-changed": "interrupts"}), (8080, {})])
def test_a_called_service_that_moves_to_a_port_that_no_rule_opens_interrupts_its_callers(
    port: int, found: dict[str, str]
) -> None:
    caller = {"name": "users", "network_configuration": [{"security_groups": ["sg-users"]}]}
    called = {"name": "orders", "network_configuration": [{"security_groups": ["sg-tasks"]}], "task_definition": OLD}
    new = OLD.replace(":1", ":2")
    kept: dict[str, dict[str, Any]] = {
        "aws_ecs_service.users": caller,
        "aws_security_group.users": {"id": "sg-users"},
        "aws_security_group.tasks": {"id": "sg-tasks"},
        "aws_vpc_security_group_egress_rule.users": _rule("sg-users", "sg-tasks"),
        "aws_vpc_security_group_ingress_rule.tasks": _rule("sg-tasks", "sg-users"),
    }
    definitions = ({"arn": arn, "container_definitions": _called(each)} for arn, each in ((OLD, 8080), (new, port)))
    judged = _found(
        *(change(address, values, values) for address, values in kept.items()),
        change(SERVICE, called, {**called, "task_definition": new}),
        change(DEFINITION, *definitions, actions=REPLACED),
    )
    assert {rule: each.level.value for rule, each in judged.items()} == found


def test_tasks_that_move_to_a_subnet_without_a_route_in_the_plan_are_not_judged() -> None:
    network: dict[str, dict[str, Any]] = {
        "aws_subnet.old": {"id": "subnet-1"},
        "aws_subnet.new": {"id": "subnet-2"},
        "aws_route_table.private": {"id": "rtb-1"},
        "aws_route_table_association.old": {"subnet_id": "subnet-1", "route_table_id": "rtb-1"},
        "aws_route.out": {
            "route_table_id": "rtb-1",
            "destination_cidr_block": "0.0.0.0/0",
            "nat_gateway_id": "nat-1",
        },
    }
    sides = ({"name": "orders", "network_configuration": [{"subnets": [each]}]} for each in ("subnet-1", "subnet-2"))
    judged = _found(change(SERVICE, *sides), *(change(address, each, each) for address, each in network.items()))
    assert {rule: each.level.value for rule, each in judged.items()} == {"tasks-without-route": "cannot judge"}


DATABASE = {**_rule("sg-database", "sg-tasks"), "from_port": 5432, "to_port": 5432}
CLASSIC = {
    "type": "ingress",
    "security_group_id": "sg-database",
    "source_security_group_id": "sg-tasks",
    "from_port": 5432,
    "to_port": 5432,
    "protocol": "tcp",
}


@pytest.mark.parametrize(
    ("rules", "order", "level"),
    [
        ([change(f"{_INGRESS}.database", DATABASE, DATABASE)], "", None),
        ([change(f"{_INGRESS}.database", DATABASE, None)], "", "wanted"),
        (
            [change(f"{_INGRESS}.database", DATABASE, DATABASE, actions=REPLACED)],
            f"{_INGRESS}.database -> {_INGRESS}.database (destroy)",
            "interrupts",
        ),
        (
            [
                change(f"{_INGRESS}.database", DATABASE, None),
                change("aws_security_group_rule.database", None, CLASSIC),
            ],
            "",
            "may interrupt",
        ),
        (
            [
                change(f"{_INGRESS}.database", DATABASE, None),
                change("aws_security_group_rule.database", None, CLASSIC),
            ],
            f"{_INGRESS}.database (destroy) -> aws_security_group_rule.database",
            None,
        ),
    ],
)
def test_tasks_reach_their_database_during_the_apply(
    rules: list[dict[str, Any]], order: str, level: str | None
) -> None:
    kept: dict[str, dict[str, Any]] = {
        SERVICE: {"name": "orders", "network_configuration": [{"security_groups": ["sg-tasks"]}]},
        "aws_security_group.tasks": {"id": "sg-tasks"},
        "aws_security_group.database": {"id": "sg-database"},
        "aws_vpc_security_group_egress_rule.all": {
            "security_group_id": "sg-tasks",
            "cidr_ipv4": "0.0.0.0/0",
            "ip_protocol": "-1",
        },
    }
    judged = _found(*(change(address, each, each) for address, each in kept.items()), *rules, order=order)
    assert {rule: each.level.value for rule, each in judged.items()} == (
        {} if level is None else {"call-interrupted": level}
    )


def test_the_group_of_a_service_that_is_removed_is_no_database() -> None:
    network = [{"security_groups": ["sg-database"]}]
    removed = change("aws_ecs_service.users", {"name": "users", "network_configuration": network}, None)
    service = {"name": "orders", "network_configuration": [{"security_groups": ["sg-tasks"]}]}
    everywhere = {"security_group_id": "sg-tasks", "cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"}
    kept: dict[str, dict[str, Any]] = {SERVICE: service, "aws_vpc_security_group_egress_rule.all": everywhere}
    entries = [change(address, each, each) for address, each in kept.items()]
    groups = [change("aws_security_group.tasks", {"id": "sg-tasks"}, {"id": "sg-tasks"})]
    groups.append(change("aws_security_group.users", {"id": "sg-database"}, None))
    assert "call-interrupted" not in _found(*entries, *groups, removed, change(f"{_INGRESS}.users", DATABASE, None))


def test_a_security_group_has_the_name_of_the_service_that_uses_it() -> None:
    address = f"{_INGRESS}.tasks"
    kept = {each: (values, values) for each, values in GROUPS.items()} | {address: (GROUPS[address], None)}
    group = change("aws_security_group.shared_by_tasks", {"id": "sg-tasks"}, {"id": "sg-tasks"})
    entries = [change(each, *sides) for each, sides in kept.items() if each != "aws_security_group.tasks"]
    found = _found(change(SERVICE, _reached(), _reached()), group, *entries)["port-closed"]
    assert found.trace[0] == "The ingress rule that lets the load balancer reach orders on port 8080 is deleted."


def test_tasks_of_which_the_plan_does_not_show_the_groups_are_not_judged() -> None:
    after = {key: value for key, value in _reached().items() if key != "network_configuration"}
    entries = [change(address, values, values) for address, values in GROUPS.items()]
    judged = _found(change(SERVICE, _reached(), after, unknown={"network_configuration": True}), *entries)
    assert {rule: each.level.value for rule, each in judged.items()} == {"port-closed": "cannot judge"}
