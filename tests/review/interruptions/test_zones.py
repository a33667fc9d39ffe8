"""Claims about Availability Zones: tasks in a zone that their load balancer leaves get no requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Interruption, Level
from tests.support.plan_documents import change, interrupted

_Entry = dict[str, Any]
SERVICE, BALANCER = "aws_ecs_service.orders", "aws_lb.this"
GROUP = change("aws_lb_target_group.orders", *[{"id": "arn:tg", "arn": "arn:tg"}] * 2)
LISTENER = change(
    "aws_lb_listener.http",
    *[
        {
            "load_balancer_arn": "arn:lb",
            "port": 80,
            "default_action": [{"type": "forward", "target_group_arn": "arn:tg"}],
        }
    ]
    * 2,
)
SUBNETS = [
    change(f"aws_subnet.{use}_{zone}", *[{"id": f"{use}-{zone}", "availability_zone": f"eu-west-1{zone}"}] * 2)
    for use in ("public", "private")
    for zone in "abc"
]


def _balancer(before: str, after: str) -> _Entry:
    """Return the update of a load balancer that is in these zones, one letter each."""
    sides = (
        {"id": "arn:lb", "arn": "arn:lb", "subnets": [f"public-{zone}" for zone in each]} for each in (before, after)
    )
    return change(BALANCER, *sides)


def _service(before: str, after: str, count: int = 2) -> _Entry:
    sides = (
        {
            "name": "orders",
            "desired_count": count,
            "wait_for_steady_state": True,
            "load_balancer": [{"target_group_arn": "arn:tg", "container_port": 80}],
            "network_configuration": [{"subnets": [f"private-{zone}" for zone in each]}],
        }
        for each in (before, after)
    )
    return change(SERVICE, *sides)


def _found(*entries: _Entry, order: str = "", subnets: Sequence[_Entry] = SUBNETS) -> list[Interruption]:
    found = interrupted(*entries, GROUP, LISTENER, *subnets, order=order)
    return [each for each in found if each.rule == "zone-left"]


@pytest.mark.parametrize(
    ("tasks", "count", "balancer", "level"),
    [
        ("ab", 2, ("ab", "ab"), None),
        ("ab", 2, ("ab", "abc"), None),
        ("ab", 2, ("abc", "ab"), None),
        ("ab", 2, ("ab", "bc"), Level.QUESTION),
        ("ab", 1, ("ab", "bc"), Level.MAY_INTERRUPT),
        ("a", 2, ("ab", "bc"), Level.INTERRUPTS),
        ("ab", 2, ("ab", "c"), Level.INTERRUPTS),
        ("c", 2, ("ab", "a"), None),
    ],
)
def test_a_load_balancer_that_leaves_the_zones_of_running_tasks_interrupts_them(
    tasks: str, count: int, balancer: tuple[str, str], level: Level | None
) -> None:
    found = _found(_service(tasks, tasks, count), _balancer(*balancer))
    assert [each.level for each in found] == ([level] if level else [])
    assert {each.trace[0] for each in found} <= {"The load balancer aws_lb.this is changed."}


@pytest.mark.parametrize(
    ("balancer", "order", "level"),
    [
        (("a", "b"), f"{BALANCER} -> {SERVICE}", Level.FAILS),
        (("a", "b"), f"{SERVICE} -> {BALANCER}", Level.INTERRUPTS),
        (("a", "ab"), f"{SERVICE} -> {BALANCER}", None),
        (("ab", "b"), f"{BALANCER} -> {SERVICE}", None),
        (("ab", "b"), f"{SERVICE} -> {BALANCER}", Level.INTERRUPTS),
        (("ab", "b"), "", Level.MAY_INTERRUPT),
    ],
)
def test_tasks_that_move_to_another_zone_need_the_load_balancer_in_both(
    balancer: tuple[str, str], order: str, level: Level | None
) -> None:
    found = _found(_service("a", "b"), _balancer(*balancer), order=order)
    assert {each.level for each in found} == ({level} if level else set())


def test_the_subnets_of_a_mapping_count() -> None:
    sides = ({"arn": "arn:lb", "id": "arn:lb", "subnet_mapping": [{"subnet_id": f"public-{each}"}]} for each in "ab")
    (found,) = _found(_service("a", "a"), change(BALANCER, *sides))
    assert found.level is Level.INTERRUPTS


def test_zones_that_the_plan_does_not_show_are_not_taken_for_harmless() -> None:
    outside = [each for each in SUBNETS if not each["address"].startswith("aws_subnet.private")]
    (found,) = _found(_service("a", "a"), _balancer("ab", "b"), subnets=outside)
    assert found.level is Level.CANNOT_JUDGE
    assert _found(_service("a", "a"), _balancer("ab", "abc"), subnets=outside) == []
    moved = [each for each in SUBNETS if each["address"][-1] == "a"]
    judged = _found(_service("a", "b"), _balancer("a", "b"), subnets=moved, order=f"{SERVICE} -> {BALANCER}")
    assert {each.level for each in judged} == {Level.CANNOT_JUDGE}


def test_subnets_that_the_plan_does_not_show_are_not_taken_for_none() -> None:
    balancer = _balancer("ab", "ab")["change"]["before"]
    after = {key: value for key, value in balancer.items() if key != "subnets"}
    (found,) = _found(_service("a", "a"), change(BALANCER, balancer, after, unknown={"subnets": True}))
    assert found.level is Level.CANNOT_JUDGE
    service = _service("a", "b")
    service["change"]["after"]["network_configuration"] = None
    service["change"]["after_unknown"] = {"network_configuration": True}
    assert {each.level for each in _found(service, _balancer("a", "ab"))} == {Level.CANNOT_JUDGE}
