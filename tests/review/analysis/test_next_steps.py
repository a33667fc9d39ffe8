"""The printed steps: the checker accepts the declarations at each, and the migration's record allows each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from colonnade.model.deployment.declaration import Deployment, ForwardTo
from colonnade.model.migration.phases import illegal_steps, may_end
from colonnade.model.resolved import Resolved
from colonnade.model.service.container import ContainerHealthCheck
from colonnade.model.service.declaration import Service
from colonnade.review.analysis.next_steps import give_up_steps, move_steps, port_steps, take_over_steps
from tests.support.followed_steps import Followed, change_port, move, take_over
from tests.support.specs import deployment, environment, problems_of, resolved, service

ORDERS = service("orders", calls=("users",))
USERS = service("users")
START = deployment(ORDERS, USERS)
MEMBERS = service("members", "/users", image_name="users")


def _accepted(steps: Sequence[Followed]) -> list[Resolved]:
    """Return each step as resolved, and check that its migration may follow the step before."""
    found = [resolved(each.deployment, each.environment(environment(*each.deployment.services))) for each in steps]
    for before, after in pairwise(each.migration for each in found):
        if before is not None and after is not None:
            assert list(illegal_steps(before.record(), after.record())) == []
        elif before is not None:
            assert may_end(before.record())
    return found


@pytest.mark.parametrize("start", [START, replace(START, default_action=ForwardTo(service="users"))])
def test_rename_is_accepted_at_each_step(start: Deployment) -> None:
    steps = list(take_over(start, "users", MEMBERS))
    printed = take_over_steps("users", "members", "/users")
    assert len(printed) == len(steps)
    assert [each.phase or "Remove" for each in steps] == [_word(text) for text in printed]
    orders, members = _accepted(steps)[-1].services
    assert orders.calls == ("members",)
    assert (members.name, members.path_prefix) == ("members", "/users")


def test_swap_is_two_takeovers_that_are_accepted_at_each_step() -> None:
    start = deployment(service("a"), service("b"))
    first = list(take_over(start, "b", service("a-2", "/b", image_name="a")))
    second = list(take_over(first[-1].deployment, "a", service("b-2", "/a", image_name="b")))
    end = _accepted([*first, *second])[-1]
    assert {each.path_prefix: each.image_name for each in end.services} == {"/b": "a", "/a": "b"}


def test_move_is_accepted_at_each_step_and_serves_both_prefixes_until_the_last() -> None:
    steps = list(move(START, "users", service("users-2", "/members", image_name="users")))
    assert len(move_steps("users", "users-2", "/users", "/members")) == len(steps)
    prefixes = [{each.path_prefix for each in step.services} for step in _accepted(steps)]
    assert prefixes == [{"/orders", "/users", "/members"}, {"/orders", "/users", "/members"}, {"/orders", "/members"}]


def test_another_port_of_a_called_service_is_accepted_at_each_step_and_ends_as_requested() -> None:
    steps = list(change_port(START, "users", service("users-2", "/users-2", image_name="users"), 9090))
    assert len(port_steps("users", "users-2", 9090, routed=True)) == len(steps)
    ports = [{each.name: each.container_port for each in step.services} for step in _accepted(steps)]
    called = [step.deployment.services[0].calls for step in steps]
    assert [found["users"] for found in ports] == [8080, 8080, 9090, 9090, 9090]
    assert called == [("users",), ("users-2",), ("users-2",), ("users",), ("users",)]
    assert ports[-1].keys() == {"orders", "users"}


def test_each_step_to_another_port_of_an_internal_service_is_accepted() -> None:
    check = ContainerHealthCheck(command=("true",))
    users = Service(name="users", container_port=8080, container_health_check=check)
    copy = replace(users, name="users-2", container_port=9090, image_name="users")
    both = deployment(service("orders", calls=("users", "users-2")), users, copy)
    only = deployment(service("orders", calls=("users-2",)), copy)
    steps = (both, both, only)
    assert len(port_steps("users", "users-2", 9090, routed=False)) == len(steps)
    assert [problems_of(each) for each in steps] == [[], [], []]


def test_each_step_of_a_service_that_gives_up_its_prefix_is_accepted() -> None:
    check = ContainerHealthCheck(command=("true",))
    users = service("users", container_health_check=check)
    copy = Service(name="users-2", container_port=8080, container_health_check=check, image_name="users")
    both = deployment(service("orders", calls=("users", "users-2")), users, copy)
    only = deployment(service("orders", calls=("users-2",)), copy)
    steps = (both, both, only)
    assert len(give_up_steps("users", "users-2", "/users")) == len(steps)
    assert [problems_of(each) for each in steps] == [[], [], []]


def _word(text: str) -> str:
    """Return the phase that a step sets, or its first word."""
    return text.partition('phase = "')[2].partition('"')[0] or text.split()[0]
