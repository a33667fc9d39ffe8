"""Claims about requests that are followed through an apply: conditions, weights, target groups, deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Level
from tests.support.plan_documents import change, interrupted

_Entry = dict[str, Any]
PATH = {"path_pattern": [{"values": ["/a/*"]}]}


def _rule(name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, **fields: Any) -> _Entry:
    sides = [None if each is None else {"listener_arn": "arn:listener", **each} for each in (before, after)]
    return change(f"aws_lb_listener_rule.{name}", *sides, **fields)


def _to(service: str, *conditions: Mapping[str, Any], priority: int = 5) -> _Entry:
    action = {"type": "forward", "target_group_arn": f"arn:{service}"}
    return {"priority": priority, "condition": list(conditions or [PATH]), "action": [action]}


def _service(name: str, *, before: bool = True, after: bool = True, **fields: Any) -> list[_Entry]:
    values = {"desired_count": 2, "load_balancer": [{"target_group_arn": f"arn:{name}"}], **fields}
    group = {"id": f"arn:{name}", "arn": f"arn:{name}"}
    return [
        change(f"aws_ecs_service.{name}", values if before else None, values if after else None),
        change(f"aws_lb_target_group.{name}", group if before else None, group if after else None),
    ]


RUNNING = [*_service("a"), *_service("b")]


def test_a_rule_that_changes_to_running_tasks_interrupts_nothing() -> None:
    assert interrupted(_rule("r", _to("a"), _to("b")), *RUNNING) == ()


def test_a_rule_that_changes_to_a_service_without_tasks_yet_interrupts_its_path() -> None:
    order = "aws_ecs_service.b -> aws_lb_listener_rule.r"
    (found,) = interrupted(_rule("r", _to("a"), _to("b")), *_service("a"), *_service("b", before=False), order=order)
    assert found.level is Level.INTERRUPTS
    assert found.services == ("a", "b")
    assert found.trace == (
        "The listener rule for /a/* is changed.",
        "Until the new tasks of b run, requests to /a get 503.",
        "If the apply stops in between, this lasts until the next apply.",
    )
    assert "forward to its target group with weight 0" in found.steps[0]


def test_only_the_steps_for_declared_services_name_declarations() -> None:
    address, declared = "aws_ecs_service.b", "aws_ecs_service.b_service_this_0A1B2C3D"
    new = _service("b", before=False)
    new[0] |= {"address": declared, "name": declared.partition(".")[2]}
    order = f"{declared} -> aws_lb_listener_rule.r"
    (found,) = interrupted(_rule("r", _to("a"), _to("b")), *_service("a"), *new, order=order)
    assert "Migration(monolith='a', microservices=('b',))" in found.steps[0]
    new[0] |= {"address": address, "name": "b"}
    order = f"{address} -> aws_lb_listener_rule.r"
    (found,) = interrupted(_rule("r", _to("a"), _to("b")), *_service("a"), *new, order=order)
    assert "migration" not in " ".join(found.steps).lower()


@pytest.mark.parametrize("waits", [True, False])
def test_a_rule_that_changes_to_a_new_service_needs_an_apply_that_waits_for_its_tasks(waits: bool) -> None:
    order = ",".join(f"aws_lb_listener_rule.r -> {each}.b" for each in ("aws_ecs_service", "aws_lb_target_group"))
    new = _service("b", before=False, wait_for_steady_state=waits)
    found = interrupted(_rule("r", _to("a"), _to("b")), *_service("a"), *new, order=order)
    assert [(each.level, each.address) for each in found] == (
        [] if waits else [(Level.MAY_INTERRUPT, "aws_ecs_service.b")]
    )


def test_a_service_that_gets_its_first_tasks_interrupts_nothing() -> None:
    service, group = _service("a")
    stopped = {**service["change"]["before"], "desired_count": 0}
    started = change("aws_ecs_service.a", stopped, service["change"]["after"])
    assert interrupted(_rule("r", _to("a"), _to("a")), started, group) == ()


CONDITIONS: Mapping[str, Sequence[_Entry]] = {
    "host": [{"host_header": [{"values": ["*.example.com"]}]}],
    "header": [{"http_header": [{"http_header_name": "X-Version", "values": ["2*"]}]}],
    "method": [{"http_request_method": [{"values": ["POST"]}]}],
    "query": [{"query_string": [{"key": "beta", "value": "1"}, {"key": "", "value": "new"}]}],
    "address": [{"source_ip": [{"values": ["10.0.0.0/8"]}]}],
    "path and host": [PATH, {"host_header": [{"values": ["shop.example.com"]}]}],
}


@pytest.mark.parametrize("conditions", CONDITIONS.values(), ids=CONDITIONS)
def test_a_request_of_each_kind_of_condition_is_followed(conditions: Sequence[_Entry]) -> None:
    former = _rule("former", _to("a", *conditions), None)
    successor = _rule("successor", None, _to("a", *conditions, priority=6))
    (found,) = interrupted(former, successor, *RUNNING)
    assert found.level is Level.MAY_INTERRUPT
    assert found.rule == "path-interrupted"
    first = "aws_lb_listener_rule.former (destroy) -> aws_lb_listener_rule.successor"
    assert interrupted(former, successor, *RUNNING, order=first) == ()


@pytest.mark.parametrize(
    "condition", [{"path_pattern": [{"regex_values": ["^/a"]}]}, {"host_header": [{"values": [None]}]}]
)
def test_a_condition_that_is_not_followed_is_not_taken_for_harmless(condition: _Entry) -> None:
    former, successor = _rule("former", _to("a", condition), None), _rule("successor", None, _to("a", condition))
    found = [each for each in interrupted(former, successor, *RUNNING) if each.rule == "path-interrupted"]
    assert {each.level for each in found} == {Level.CANNOT_JUDGE}
    assert "The plan does not show aws_lb_listener_rule" in found[0].trace[-1]


def test_a_rule_that_is_evaluated_first_for_a_time_takes_the_requests() -> None:
    wide = {"path_pattern": [{"values": ["/*"]}]}
    inner = _rule("inner", _to("a", priority=5), _to("a", priority=50))
    outer = _rule("outer", _to("b", wide, priority=40), _to("b", wide, priority=60))
    (found,) = interrupted(inner, outer, *RUNNING)
    assert found.subjects == ("requests to /a",)
    assert interrupted(inner, outer, *RUNNING, order="aws_lb_listener_rule.inner -> aws_lb_listener_rule.outer") == ()


def test_a_target_group_without_requests_needs_no_tasks() -> None:
    shares = [{"arn": "arn:a", "weight": 100}, {"arn": "arn:b", "weight": 0}]
    after = {**_to("a"), "action": [{"type": "forward", "forward": [{"target_group": shares}]}]}
    assert interrupted(_rule("r", _to("a"), after), *_service("a"), *_service("b", before=False)) == ()


def test_target_groups_that_all_get_weight_0_answer_no_request() -> None:
    shares = [{"arn": "arn:a", "weight": 0}, {"arn": "arn:b", "weight": 0}]
    after = {**_to("a"), "action": [{"type": "forward", "forward": [{"target_group": shares}]}]}
    (found,) = interrupted(_rule("r", _to("a"), after), *RUNNING)
    assert (found.level, found.text) == (Level.INTERRUPTS, "requests to /a get 503")
    assert interrupted(_rule("r", after, after), *RUNNING) == ()


@pytest.mark.parametrize(
    ("action", "unknown"),
    [
        ({"type": "forward"}, {"target_group_arn": True}),
        ({"type": "forward"}, {"forward": True}),
        ({"type": "forward", "forward": [{}]}, {"forward": [{"target_group": True}]}),
        ({"type": "forward", "forward": [{"target_group": [{"weight": 1}]}]}, {"forward": [{"target_group": True}]}),
    ],
)
def test_target_groups_that_the_plan_does_not_show_are_not_judged(action: _Entry, unknown: _Entry) -> None:
    moved = _rule("r", _to("a"), {**_to("a"), "action": [action]}, unknown={"action": [unknown]})
    created = change("aws_lb_target_group.c", None, {"name": "c"}, unknown={"arn": True})
    assert {each.level for each in interrupted(moved, *RUNNING, created)} == {Level.CANNOT_JUDGE}


def test_a_service_that_moves_to_another_target_group_leaves_the_one_of_its_rule_empty() -> None:
    service, group = _service("a")
    moved = {**service["change"]["before"], "load_balancer": [{"target_group_arn": "arn:c"}]}
    entries = [change("aws_ecs_service.a", service["change"]["before"], moved), group]
    (found,) = interrupted(_rule("r", _to("a"), _to("a")), *entries)
    assert (found.level, found.text) == (Level.INTERRUPTS, "requests to /a get 503")
    attached = change("aws_lb_target_group_attachment.a", *[{"target_group_arn": "arn:a", "target_id": "i-1"}] * 2)
    assert interrupted(_rule("r", _to("a"), _to("a")), *entries, attached) == ()


@pytest.mark.parametrize(
    ("first", "found"),
    [("aws_lb_listener_rule.r", {"path-interrupted"}), ("aws_lb_target_group.a (destroy)", {"deletion-refused"})],
)
def test_a_deposed_target_group_is_another_one_than_its_successor(first: str, found: set[str]) -> None:
    service, group = _service("a")
    registered = {**service["change"]["before"], "load_balancer": [{"target_group_arn": "arn:old"}]}
    moved = change("aws_ecs_service.a", registered, service["change"]["before"])
    deposed = change("aws_lb_target_group.a", {"id": "arn:old", "arn": "arn:old"}, None, deposed="0a1b2c3d")
    order = {
        "aws_lb_listener_rule.r": f"aws_ecs_service.a -> {first}, "
        "aws_lb_target_group.a (destroy deposed 0a1b2c3d) -> aws_ecs_service.a",
        "aws_lb_target_group.a (destroy)": f"aws_lb_listener_rule.r -> {first}, aws_ecs_service.a -> {first}",
    }
    judged = interrupted(_rule("r", _to("old"), _to("a")), moved, group, deposed, order=order[first])
    assert {each.rule for each in judged} == found


@pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
def test_tasks_that_another_controller_deploys_are_not_judged(controller: str) -> None:
    service = _service("a", deployment_controller=[{"type": controller}])
    gone = change("aws_ecs_service.a", *[service[0]["change"]["before"]] * 2, actions=["delete", "create"])
    rule = _rule("r", _to("a"), _to("a"))
    assert {each.level for each in interrupted(rule, gone, service[1])} == {Level.CANNOT_JUDGE}


def test_tasks_of_a_deployment_between_two_target_groups_are_not_judged() -> None:
    service = _service("a", deployment_configuration=[{"strategy": "BLUE_GREEN"}])
    gone = change("aws_ecs_service.a", *[service[0]["change"]["before"]] * 2, actions=["delete", "create"])
    found = interrupted(_rule("r", _to("a"), _to("a")), gone, service[1])
    assert {each.level for each in found} == {Level.CANNOT_JUDGE}


def test_a_replaced_service_interrupts_its_paths_until_its_new_tasks_are_healthy() -> None:
    values = {"desired_count": 2, "load_balancer": [{"target_group_arn": "arn:a"}], "wait_for_steady_state": True}
    replaced = change("aws_ecs_service.a", values, values, actions=["delete", "create"])
    order = "aws_ecs_service.a -> aws_ecs_service.a (destroy)"
    (found,) = interrupted(_rule("r", _to("a"), _to("a")), replaced, _service("a")[1], order=order)
    assert found.address == "aws_ecs_service.a"
    assert found.trace[0] == "Service a is deleted."
    assert found.trace[1].startswith("Until the new tasks of a are healthy, requests to /a get")


def test_paths_that_fail_for_one_cause_are_one_interruption() -> None:
    rules = [
        _rule(f"r{n}", *[_to("a", {"path_pattern": [{"values": [f"/{n}"]}]}, priority=n)] * 2) for n in range(1, 7)
    ]
    values = {"desired_count": 2, "load_balancer": [{"target_group_arn": "arn:a"}]}
    replaced = change("aws_ecs_service.a", values, values, actions=["delete", "create"])
    (found,) = interrupted(*rules, replaced, _service("a")[1])
    assert found.text.startswith("requests to /1, /2, /3, /4 and 2 more get")


def test_what_a_failed_operation_prevents_is_not_reported() -> None:
    exchanged = [
        _rule("one", _to("a", priority=5), _to("b", priority=6)),
        _rule("other", _to("b", {"path_pattern": [{"values": ["/b"]}]}, priority=6), _to("b", priority=5)),
    ]
    found = interrupted(*exchanged, *_service("a"), *_service("b", before=False))
    assert {each.level for each in found} == {Level.FAILS}


def test_requests_get_503_while_their_rule_forwards_to_a_group_that_tasks_have_left() -> None:
    groups = [
        change(f"aws_lb_target_group.{each}", *[{"id": f"arn:{each}", "arn": f"arn:{each}"}] * 2) for each in "ab"
    ]
    sides = ({"desired_count": 2, "load_balancer": [{"target_group_arn": f"arn:{each}"}]} for each in "ab")
    (found,) = interrupted(_rule("r", _to("a"), _to("b")), change("aws_ecs_service.a", *sides), *groups)
    assert (found.level, found.effect) == (Level.MAY_INTERRUPT, "get 503")


def test_a_service_that_goes_while_its_rule_stays_interrupts_its_path_for_good() -> None:
    service, group = _service("a", after=False)
    group["change"] |= {"after": group["change"]["before"], "actions": ["no-op"]}
    (found,) = interrupted(_rule("r", _to("a"), _to("a")), service, group)
    assert (found.level, found.services) == (Level.INTERRUPTS, ("a",))
    assert found.trace == ("Service a is deleted.", "From then on, requests to /a get 503.")
    assert found.steps == (
        "Remove the listener rule for /a/*, or let it forward to another service. Apply.",
        "Remove service a. Apply.",
    )
    service["change"]["actions"] = ["forget"]
    assert interrupted(_rule("r", _to("a"), _to("a")), service, group) == ()


@pytest.mark.parametrize(
    ("conditions", "level"),
    [
        ([PATH], Level.INTERRUPTS),
        ([{"path_pattern": [{"values": ["/a/b/*"]}]}], Level.QUESTION),
        ([PATH, {"http_header": [{"http_header_name": "X-New", "values": ["1"]}]}], Level.QUESTION),
        ([{"path_pattern": [{"values": ["/b/*"]}]}], None),
    ],
)
def test_a_new_rule_in_front_of_another_one_needs_tasks_when_it_takes_its_requests(
    conditions: list[dict[str, Any]], level: Level | None
) -> None:
    default = [{"type": "forward", "target_group_arn": "arn:c"}]
    listener = change(
        "aws_lb_listener.on", *[{"id": "arn:listener", "arn": "arn:listener", "default_action": default}] * 2
    )
    rules = [listener, _rule("r", _to("a"), _to("a")), _rule("new", None, _to("b", *conditions, priority=1))]
    group = "aws_lb_listener_rule.new -> aws_lb_target_group.b"
    order = f"{group}, aws_ecs_service.b -> aws_lb_listener_rule.new"
    services = [*_service("a"), *_service("c"), *_service("b", before=False)]
    found = interrupted(*rules, *services, order=order)
    assert [each.level for each in found] == [level][: level is not None]
    order = f"{group}, aws_lb_listener_rule.new -> aws_ecs_service.b"
    services[-2]["change"]["after"]["wait_for_steady_state"] = True
    assert interrupted(*rules, *services, order=order) == ()
