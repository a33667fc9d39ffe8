"""Claims about edits that interrupt requests: renamed services, changed prefixes, closed ports, lost names.

The same edits are recognized when a rule belongs to its service, and when it belongs to its path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from colonnade.model.naming import label_fault
from colonnade.model.routing.listener_priority import computed_priority
from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.plan.document import read_plan
from tests.support.plan_documents import change, text

_Entry = dict[str, Any]


def _interruptions(*entries: _Entry) -> dict[str, Finding]:
    found = analyze(read_plan(text(*entries))).findings
    return {each.address: each for each in found if each.kind is Kind.INTERRUPTION}


def _service(name: str, before: str | None, after: str | None, **fields: Any) -> list[_Entry]:
    """Return the ECS service, task definition and target group of a service with a PATH_PREFIX on each side."""
    registered = [{"target_group_arn": f"arn:{name}", "container_name": "one", "container_port": 8080}]
    running = {"desired_count": 2, "load_balancer": registered, **fields}
    sides = [running if prefix is not None else None for prefix in (before, after)]
    group = {"id": f"arn:{name}", "arn": f"arn:{name}"}
    groups = [group if prefix is not None else None for prefix in (before, after)]
    return [
        change(f"aws_ecs_service.{name}_service_this_0A1B2C3D", *sides),
        change(f"aws_ecs_task_definition.{name}_service_task_definition_0A1B2C3D", _revision(before), _revision(after)),
        change(f"aws_lb_target_group.{name}_service_target_group_this_0A1B2C3D", *groups),
    ]


def _revision(prefix: str | None) -> _Entry | None:
    if prefix is None:
        return None
    container = {"name": "one", "environment": [{"name": "PATH_PREFIX", "value": prefix}]}
    return {"container_definitions": json.dumps([container])}


def _rule(id_: str, before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> _Entry:
    """Return a rule with one path prefix and one target on each side."""
    return change(f"aws_lb_listener_rule.{id_}", *(_side(each) for each in (before, after)))


def _side(target: Mapping[str, str] | None) -> _Entry | None:
    if target is None:
        return None
    ((prefix, service),) = target.items()
    return {
        "listener_arn": "arn:listener",
        "priority": computed_priority(prefix),
        "condition": [{"path_pattern": [{"values": [prefix, f"{prefix}/*"]}]}],
        "action": [{"type": "forward", "target_group_arn": f"arn:{service}"}],
    }


RENAMED = {
    "rules of services": [
        _rule("users_service_listener_rule_this_0A1B2C3D", {"/users": "users"}, None),
        _rule("members_service_listener_rule_this_0A1B2C3D", None, {"/users": "members"}),
    ],
    "rules of paths": [_rule("users_path_0A1B2C3D", {"/users": "users"}, {"/users": "members"})],
}


@pytest.mark.parametrize("rules", RENAMED.values(), ids=RENAMED)
def test_renamed_service_that_keeps_its_prefix_interrupts_it_until_its_tasks_are_healthy(rules: list[_Entry]) -> None:
    found = _interruptions(*_service("users", "/users", None), *_service("members", None, "/users"), *rules)
    (finding,) = (each for each in found.values() if each.rule == "path-interrupted")
    assert finding.reason.startswith("may interrupt: requests to /users get 503")
    assert "Until the new tasks of members run, requests to /users" in finding.trace[1]
    assert [step.split(".")[0] for step in finding.steps] == [
        "Keep service 'users' with path prefix '/users'",
        'Set phase = "canary"',
        'Set phase = "cutover"',
        'Set phase = "retired"',
        "Remove service 'users', the migration and its table",
    ]
    assert "migration=Migration(monolith='users', microservices=('members',))" in finding.steps[0]


SWAPPED = {
    "rules of services": [
        _rule("a_service_listener_rule_this_0A1B2C3D", {"/a": "a"}, {"/b": "a"}),
        _rule("b_service_listener_rule_this_0A1B2C3D", {"/b": "b"}, {"/a": "b"}),
    ],
    "rules of paths": [
        _rule("path_a_0A1B2C3D", {"/a": "a"}, {"/a": "b"}),
        _rule("path_b_0A1B2C3D", {"/b": "b"}, {"/b": "a"}),
    ],
}


@pytest.mark.parametrize("rules", SWAPPED.values(), ids=SWAPPED)
def test_two_services_that_swap_prefixes_take_over_each_others_paths_with_copies(rules: list[_Entry]) -> None:
    found = _interruptions(*_service("a", "/a", "/b"), *_service("b", "/b", "/a"), *rules)
    first = found["aws_ecs_service.a_service_this_0A1B2C3D"]
    assert first.reason.startswith("interrupts /b: a serves /a (PATH_PREFIX) until its next revision runs")
    assert first.reason.endswith("/a goes to b")
    assert "Keep service 'b' with path prefix '/b'. Declare 'a-2' with the same path prefix" in first.steps[0]
    assert "Declare 'b-2'" in found["aws_ecs_service.b_service_this_0A1B2C3D"].steps[0]


MOVED = {
    "rules of services": [_rule("a_service_listener_rule_this_0A1B2C3D", {"/a": "a"}, {"/c": "a"})],
    "rules of paths": [_rule("path_a_0A1B2C3D", {"/a": "a"}, None), _rule("path_c_0A1B2C3D", None, {"/c": "a"})],
}


@pytest.mark.parametrize("rules", MOVED.values(), ids=MOVED)
def test_moved_prefix_interrupts_both_and_a_second_service_serves_the_new_one_first(rules: list[_Entry]) -> None:
    (finding,) = _interruptions(*_service("a", "/a", "/c"), *rules).values()
    assert finding.reason.endswith("/a goes to the default action")
    assert "Declare 'a-2' with path prefix '/c'" in finding.steps[0]
    assert len(finding.steps) == 3


def test_a_prefix_that_is_given_up_interrupts_that_path_alone() -> None:
    gone = _rule("path_a_0A1B2C3D", {"/a": "a"}, None)
    (finding,) = _interruptions(*_service("a", "/a", ""), gone).values()
    assert finding.reason == (
        "interrupts /a: no listener rule forwards to a any more, so requests for /a go to the default action; the next "
        "revision of a serves paths without a prefix, also for its callers"
    )
    assert "Declare 'a-2' without a path prefix" in finding.steps[0]


def test_a_service_that_becomes_the_default_action_interrupts_the_paths_without_a_rule() -> None:
    before = {"default_action": [{"type": "fixed-response"}], "arn": "arn:l"}
    after = {"default_action": [{"type": "forward", "target_group_arn": "arn:a"}], "arn": "arn:l"}
    listener = change("aws_lb_listener.lb_https_0A1B2C3D", before, after)
    (finding,) = _interruptions(*_service("a", "/a", ""), listener).values()
    assert finding.reason.startswith("interrupts any path without a rule: a serves /a (PATH_PREFIX)")
    assert finding.steps == ()


@pytest.mark.parametrize("name", ["a" * 63, f"{'a' * 60}-bc"])
def test_the_name_of_a_second_service_is_accepted_for_a_service_with_a_long_name(name: str) -> None:
    rules = [_rule("path_a_0A1B2C3D", {"/a": name}, None), _rule("path_c_0A1B2C3D", None, {"/c": name})]
    (finding,) = _interruptions(*_service(name, "/a", "/c"), *rules).values()
    (copy,) = re.findall(r"Declare '([^']+)'", finding.steps[0])
    assert copy != name
    assert label_fault("name", copy) is None


def test_prefix_of_a_service_without_tasks_may_change() -> None:
    assert _interruptions(*_service("a", "/a", "/c", desired_count=0), *MOVED["rules of services"]) == {}


def test_new_service_with_paths_of_its_own_and_a_service_attached_without_requests_interrupt_nothing() -> None:
    attached = _side({"/a": "a"})
    assert attached is not None
    shares = [{"arn": "arn:a", "weight": 100}, {"arn": "arn:b", "weight": 0}]
    attached["action"] = [{"type": "forward", "forward": [{"target_group": shares}]}]
    rule = change("aws_lb_listener_rule.path_a_0A1B2C3D", _side({"/a": "a"}), attached)
    new = _rule("path_c_0A1B2C3D", None, {"/c": "c"})
    found = _interruptions(
        *_service("a", "/a", "/a"), *_service("b", None, "/a"), *_service("c", None, "/c"), rule, new
    )
    assert found == {}


@pytest.mark.parametrize(
    ("after", "actions", "interrupts"),
    [
        ({"from_port": 9090, "to_port": 9090}, ["update"], True),
        ({"from_port": 9090, "to_port": 9090}, ["delete", "create"], True),
        ({"from_port": 9090, "to_port": 9090}, ["create", "delete"], False),
        ({"from_port": 8080, "to_port": 9090}, ["update"], False),
        ({"from_port": 8080, "to_port": 8080, "description": "x"}, ["update"], False),
    ],
)
def test_security_group_rule_that_leaves_a_port_in_place_interrupts_it(
    after: _Entry, actions: list[str], interrupts: bool
) -> None:
    before = {"ip_protocol": "tcp", "from_port": 8080, "to_port": 8080}
    entry = change("aws_vpc_security_group_ingress_rule.x", before, {"ip_protocol": "tcp", **after}, actions=actions)
    assert bool(_interruptions(entry)) is interrupts


@pytest.mark.parametrize(
    ("after", "interrupts"),
    [({"referenced_security_group_id": "sg-2"}, True), ({}, True), ({"description": "x"}, False)],
)
def test_security_group_rule_that_allows_another_group_in_place_interrupts_the_former(
    after: _Entry, interrupts: bool
) -> None:
    """A load balancer that gives way to another one still gets the requests of clients that resolved its name."""
    before = {"ip_protocol": "tcp", "from_port": 8080, "to_port": 8080, "referenced_security_group_id": "sg-1"}
    same = {"referenced_security_group_id": "sg-1"} if "description" in after else {}
    known = {key: value for key, value in before.items() if key != "referenced_security_group_id"}
    entry = change("aws_vpc_security_group_ingress_rule.x", before, {**known, **same, **after}, actions=["update"])
    assert bool(_interruptions(entry)) is interrupts


@pytest.mark.parametrize(
    ("name", "actions", "interrupts"),
    [
        ("shop.example.com", ["delete"], True),
        ("shop.example.com", ["create", "delete"], True),
        ("_x1.shop.example.com", ["delete"], False),
        ("shop.example.com", ["update"], False),
    ],
)
def test_name_that_goes_interrupts_its_clients(name: str, actions: list[str], interrupts: bool) -> None:
    after = None if actions == ["delete"] else {"name": "new.example.com"}
    entry = change("aws_route53_record.x", {"name": name}, after, actions=actions)
    assert bool(_interruptions(entry)) is interrupts


def _moved_port(name: str) -> _Entry:
    sides = ({"desired_count": 2, "load_balancer": [{"container_port": port}]} for port in (8080, 9090))
    return change(f"aws_ecs_service.{name}_service_this_0A1B2C3D", *sides)


def _called(before: str, after: str) -> list[_Entry]:
    """Return service `orders` with a URL on each side."""
    revisions = (
        {"container_definitions": json.dumps([{"name": "one", "environment": [{"name": "SERVICE_URL", "value": url}]}])}
        for url in (before, after)
    )
    sides = {"desired_count": 2}
    return [
        change("aws_ecs_service.orders_service_this_0A1B2C3D", sides, sides),
        change("aws_ecs_task_definition.orders_service_task_definition_0A1B2C3D", *revisions),
    ]


def test_another_port_of_a_called_service_interrupts_the_calls() -> None:
    called = _called("http://users.shop:8080/users", "http://users.shop:9090/users")
    (finding,) = _interruptions(_moved_port("users"), *called).values()
    assert finding.address == "aws_ecs_service.users_service_this_0A1B2C3D"
    assert "calls from orders to users" in finding.reason
    assert len(finding.steps) == 5


def test_another_port_of_an_internal_service_interrupts_the_calls_and_the_steps_keep_a_caller() -> None:
    running = {"desired_count": 2}
    revisions = (
        {"container_definitions": json.dumps([{"name": "users", "portMappings": [{"containerPort": port}]}])}
        for port in (8080, 9090)
    )
    internal = [
        change("aws_ecs_service.users_service_this_0A1B2C3D", running, running, actions=["update"]),
        change("aws_ecs_task_definition.users_service_task_definition_0A1B2C3D", *revisions),
    ]
    called = _called("http://users.shop:8080", "http://users.shop:9090")
    (finding,) = _interruptions(*internal, *called).values()
    assert "calls from orders to users: its new tasks listen on 9090" in finding.reason
    assert "Declare 'users-2' with container_port=9090" in finding.steps[0]
    assert "name it after 'users' in the calls of other services" in finding.steps[0]


@pytest.mark.parametrize(
    "urls",
    [
        ("http://users.shop:8080/users", "http://users-2.shop:9090/users"),
        ("http://users-2.shop:8080/users", "http://users-2.shop:9090/users"),
        ("http://users.shop:80801/users", "http://users.shop:90901/users"),
        ("http://users.shop:8080/users", "http://users.shop:8080/users"),
    ],
)
def test_another_port_of_a_service_that_is_not_called_there_interrupts_nothing(urls: tuple[str, str]) -> None:
    assert _interruptions(_moved_port("users"), *_called(*urls)) == {}


def _checked(path: str, port: str = "traffic-port") -> _Entry:
    return {"id": "arn:users", "arn": "arn:users", "health_check": [{"protocol": "HTTP", "path": path, "port": port}]}


@pytest.mark.parametrize("after", [_checked("/ready"), _checked("/health", "9000")], ids=["path", "port"])
def test_a_health_check_that_moves_with_a_new_revision_interrupts_its_service(after: _Entry) -> None:
    group = change("aws_lb_target_group.users_service_target_group_this_0A1B2C3D", _checked("/health"), after)
    address = "aws_ecs_task_definition.users_service_task_definition_0A1B2C3D"
    service = change("aws_ecs_service.users_service_this_0A1B2C3D", {"desired_count": 2}, {"desired_count": 2})
    (finding,) = _interruptions(
        service, group, change(address, _revision("/a"), {**(_revision("/a") or {}), "cpu": "512"})
    ).values()
    assert "instead of HTTP /health on the container port" in finding.reason
    assert len(finding.steps) == 2
    assert _interruptions(service, group, change(address, _revision("/a"), _revision("/a"))) == {}
    assert _interruptions(service, group) == {}


def test_rule_at_another_address_may_leave_its_path_without_a_rule() -> None:
    former = _rule("users_path_0A1B2C3D", {"/users": "users"}, None)
    explicit = _rule("priority_5_0A1B2C3D", None, {"/users": "users"})
    found = _interruptions(*_service("users", "/users", "/users"), former, explicit).values()
    (finding,) = (each for each in found if each.rule == "path-interrupted")
    assert finding.address == "aws_lb_listener_rule.users_path_0A1B2C3D"
    assert finding.reason.startswith("may interrupt: requests to /users")
