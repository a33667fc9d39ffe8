"""Tests of Cloud Map answers as tasks see them."""

from __future__ import annotations

import socket

from colonnade_sandbox.tasks.names import MULTIVALUE_ANSWERS, NameAnswers, host_name
from tests.support.ecs_snapshots import discovery_service


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_cached_for_its_ttl() -> None:
    clock = Clock()
    answers = NameAnswers(clock)
    answers.update([discovery_service("127.1.0.1", ttl_seconds=2)])
    clock.now += 1.9
    answers.update([discovery_service("127.1.0.2", ttl_seconds=2)])
    assert answers.lookup("orders.services") == ("127.1.0.1",)
    clock.now += 0.1
    answers.update([discovery_service("127.1.0.2", ttl_seconds=2)])
    assert answers.lookup("orders.services") == ("127.1.0.2",)


def test_a_first_instance_is_found_at_once() -> None:
    answers = NameAnswers(Clock())
    answers.update([discovery_service(ttl_seconds=60)])
    assert answers.lookup("orders.services") == ()
    answers.update([discovery_service("127.1.0.1", ttl_seconds=60)])
    assert answers.lookup("orders.services") == ("127.1.0.1",)


def test_each_address_is_first_equally_often() -> None:
    clock = Clock()
    answers = NameAnswers(clock)
    firsts = []
    for _ in range(12):
        answers.update([discovery_service("127.1.0.1", "127.1.0.2", "127.1.0.3", ttl_seconds=1)])
        firsts.append(answers.pairs()[0][0])
        clock.now += 1
    assert [firsts.count(f"127.1.0.{last}") for last in (1, 2, 3)] == [4, 4, 4]


def test_an_answer_has_at_most_eight_addresses_and_all_are_returned_in_turn() -> None:
    clock = Clock()
    answers = NameAnswers(clock)
    seen = set()
    for _ in range(12):
        answers.update([discovery_service(*(f"127.1.0.{last}" for last in range(1, 13)))])
        found = answers.lookup("orders.services")
        assert len(found) == MULTIVALUE_ANSWERS
        seen |= set(found)
        clock.now += 1
    assert len(seen) == 12


def test_names_are_found_in_any_case_and_with_a_final_dot() -> None:
    answers = NameAnswers(Clock())
    answers.update([discovery_service("127.1.0.1")])
    assert answers.lookup("Orders.SERVICES.") == ("127.1.0.1",)
    assert answers.lookup("orders") == ()


def test_a_deleted_discovery_service_is_unknown_at_once() -> None:
    answers = NameAnswers(Clock())
    answers.update([discovery_service("127.1.0.1", ttl_seconds=60)])
    answers.update([])
    assert answers.lookup("orders.services") == ()


def test_linux_accepts_a_host_name() -> None:
    name = host_name("127.254.254.254", "ap-northeast-1")
    assert name == "ip-127-254-254-254.ap-northeast-1.compute.internal"
    assert len(name) <= 64
    assert socket.gethostname() != name
