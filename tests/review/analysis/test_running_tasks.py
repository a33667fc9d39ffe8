"""Claims about edits that interrupt requests to a path: renamed services, changed prefixes, moved health checks.

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
from tests.support.plan_cases import interruption_findings
from tests.support.plan_documents import change

_Entry = dict[str, Any]


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
    found = interruption_findings(*_service("users", "/users", None), *_service("members", None, "/users"), *rules)
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
    found = interruption_findings(*_service("a", "/a", "/b"), *_service("b", "/b", "/a"), *rules)
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
    (finding,) = interruption_findings(*_service("a", "/a", "/c"), *rules).values()
    assert finding.reason.endswith("/a goes to the default action")
    assert "Declare 'a-2' with path prefix '/c'" in finding.steps[0]
    assert len(finding.steps) == 3


def test_a_prefix_that_is_given_up_interrupts_that_path_alone() -> None:
    gone = _rule("path_a_0A1B2C3D", {"/a": "a"}, None)
    (finding,) = interruption_findings(*_service("a", "/a", ""), gone).values()
    assert finding.reason == (
        "interrupts /a: no listener rule forwards to a any more, so requests for /a go to the default action; the next "
        "revision of a serves paths without a prefix, also for its callers"
    )
    assert "Declare 'a-2' without a path prefix" in finding.steps[0]


def test_a_service_that_becomes_the_default_action_interrupts_the_paths_without_a_rule() -> None:
    before = {"default_action": [{"type": "fixed-response"}], "arn": "arn:l"}
    after = {"default_action": [{"type": "forward", "target_group_arn": "arn:a"}], "arn": "arn:l"}
    listener = change("aws_lb_listener.lb_https_0A1B2C3D", before, after)
    (finding,) = interruption_findings(*_service("a", "/a", ""), listener).values()
    assert finding.reason.startswith("interrupts any path without a rule: a serves /a (PATH_PREFIX)")
    assert finding.steps == ()


@pytest.mark.parametrize("name", ["a" * 63, f"{'a' * 60}-bc"])
def test_the_name_of_a_second_service_is_accepted_for_a_service_with_a_long_name(name: str) -> None:
    rules = [_rule("path_a_0A1B2C3D", {"/a": name}, None), _rule("path_c_0A1B2C3D", None, {"/c": name})]
    (finding,) = interruption_findings(*_service(name, "/a", "/c"), *rules).values()
    (copy,) = re.findall(r"Declare '([^']+)'", finding.steps[0])
    assert copy != name
    assert label_fault("name", copy) is None


def test_prefix_of_a_service_without_tasks_may_change() -> None:
    assert interruption_findings(*_service("a", "/a", "/c", desired_count=0), *MOVED["rules of services"]) == {}


def test_new_service_with_paths_of_its_own_and_a_service_attached_without_requests_interrupt_nothing() -> None:
    attached = _side({"/a": "a"})
    assert attached is not None
    shares = [{"arn": "arn:a", "weight": 100}, {"arn": "arn:b", "weight": 0}]
    attached["action"] = [{"type": "forward", "forward": [{"target_group": shares}]}]
    rule = change("aws_lb_listener_rule.path_a_0A1B2C3D", _side({"/a": "a"}), attached)
    new = _rule("path_c_0A1B2C3D", None, {"/c": "c"})
    found = interruption_findings(
        *_service("a", "/a", "/a"), *_service("b", None, "/a"), *_service("c", None, "/c"), rule, new
    )
    assert found == {}


def _checked(path: str, port: str = "traffic-port") -> _Entry:
    return {"id": "arn:users", "arn": "arn:users", "health_check": [{"protocol": "HTTP", "path": path, "port": port}]}


@pytest.mark.parametrize("after", [_checked("/ready"), _checked("/health", "9000")], ids=["path", "port"])
def test_a_health_check_that_moves_with_a_new_revision_interrupts_its_service(after: _Entry) -> None:
    group = change("aws_lb_target_group.users_service_target_group_this_0A1B2C3D", _checked("/health"), after)
    address = "aws_ecs_task_definition.users_service_task_definition_0A1B2C3D"
    service = change("aws_ecs_service.users_service_this_0A1B2C3D", {"desired_count": 2}, {"desired_count": 2})
    (finding,) = interruption_findings(
        service, group, change(address, _revision("/a"), {**(_revision("/a") or {}), "cpu": "512"})
    ).values()
    assert "instead of HTTP /health on the container port" in finding.reason
    assert len(finding.steps) == 2
    assert interruption_findings(service, group, change(address, _revision("/a"), _revision("/a"))) == {}
    assert interruption_findings(service, group) == {}


def test_rule_at_another_address_may_leave_its_path_without_a_rule() -> None:
    former = _rule("users_path_0A1B2C3D", {"/users": "users"}, None)
    explicit = _rule("priority_5_0A1B2C3D", None, {"/users": "users"})
    found = interruption_findings(*_service("users", "/users", "/users"), former, explicit).values()
    (finding,) = (each for each in found if each.rule == "path-interrupted")
    assert finding.address == "aws_lb_listener_rule.users_path_0A1B2C3D"
    assert finding.reason.startswith("may interrupt: requests to /users")
