"""Registration, draining and round robin, with the time as an argument."""

from __future__ import annotations

from collections import Counter

import pytest

from colonnade_sandbox.control_plane.snapshot import Target, TargetGroup
from colonnade_sandbox.data_plane.health_state import PASSED, UNREACHABLE
from colonnade_sandbox.data_plane.target_groups import RegisteredTarget, TargetPool
from tests.support.load_balancer_snapshots import CHECK, target_group

A, B, C = (Target(address=f"127.0.7.{number}", port=8080) for number in (1, 2, 3))


def group(*targets: Target) -> TargetGroup:
    return target_group("group", *targets, deregistration_delay_seconds=30)


def pool_of(*targets: Target) -> TargetPool:
    pool = TargetPool()
    pool.update(group(*targets), attached=True, now=0.0)
    return pool


def judge(pool: TargetPool, target: Target, *, healthy: bool) -> None:
    record = next(record for record in pool.registered if record.target == target)
    for _ in range(2):
        record.health = record.health.after(PASSED if healthy else UNREACHABLE, CHECK)


def chosen(pool: TargetPool, requests: int) -> list[Target]:
    return [_present(pool.choose()).target for _ in range(requests)]


def states(pool: TargetPool) -> list[tuple[str, str, str]]:
    return [(health.address, health.state, health.reason) for health in pool.target_health()]


def test_healthy_targets_take_turns() -> None:
    pool = pool_of(A, B, C)
    for target in (A, B, C):
        judge(pool, target, healthy=True)
    assert Counter(chosen(pool, 300)) == {A: 100, B: 100, C: 100}


def test_only_healthy_targets_get_requests() -> None:
    pool = pool_of(A, B, C)
    judge(pool, A, healthy=True)
    judge(pool, B, healthy=False)
    assert set(chosen(pool, 10)) == {A}


def test_a_target_that_is_registered_later_gets_only_its_share() -> None:
    pool = pool_of(A)
    judge(pool, A, healthy=True)
    chosen(pool, 50)
    pool.update(group(A, B), attached=True, now=1.0)
    judge(pool, B, healthy=True)
    assert Counter(chosen(pool, 20)) == {A: 10, B: 10}


def test_all_registered_targets_get_requests_when_no_target_is_healthy() -> None:
    pool = pool_of(A, B)
    judge(pool, A, healthy=False)
    judge(pool, B, healthy=False)
    assert set(chosen(pool, 4)) == {A, B}


def test_a_request_that_one_target_refused_goes_to_the_other_healthy_targets_only() -> None:
    pool = pool_of(A, B, C)
    judge(pool, A, healthy=True)
    judge(pool, B, healthy=True)
    judge(pool, C, healthy=False)
    first = _present(pool.choose())
    second = _present(pool.choose(without=[first]))
    assert {first.target, second.target} == {A, B}
    assert pool.choose(without=[first, second]) is None


def test_nothing_is_chosen_when_no_target_is_registered() -> None:
    pool = pool_of(A)
    pool.update(group(), attached=True, now=1.0)
    assert pool.choose() is None


def test_a_deregistered_target_drains_for_the_delay_without_new_requests() -> None:
    pool = pool_of(A, B)
    judge(pool, A, healthy=True)
    judge(pool, B, healthy=True)
    deadline = pool.update(group(B), attached=True, now=100.0)
    assert deadline == 130.0
    assert set(chosen(pool, 4)) == {B}
    assert states(pool) == [(B.address, "healthy", ""), (A.address, "draining", "Target.DeregistrationInProgress")]
    pool.finish_draining(130.0)
    assert states(pool) == [(B.address, "healthy", "")]


def test_the_end_of_draining_cuts_requests_in_flight_of_that_target_alone() -> None:
    pool = pool_of(A, B)
    cut: list[Target] = []
    for record in pool.registered:
        record.in_flight.add(lambda target=record.target: cut.append(target))  # type: ignore[misc]
    deadline = pool.update(group(B), attached=True, now=0.0)
    assert cut == []
    assert deadline is not None
    pool.finish_draining(deadline)
    assert cut == [A]


def test_a_target_that_is_registered_again_while_it_drains_has_unknown_health() -> None:
    pool = pool_of(A, B)
    judge(pool, A, healthy=True)
    deadline = pool.update(group(B), attached=True, now=0.0)
    pool.update(group(A, B), attached=True, now=1.0)
    assert states(pool)[0] == (A.address, "initial", "Elb.RegistrationInProgress")
    assert deadline is not None
    pool.finish_draining(deadline)
    assert [health.address for health in pool.target_health()] == [A.address, B.address]


def test_targets_of_a_group_without_a_listener_rule_are_unused() -> None:
    pool = TargetPool()
    pool.update(group(A), attached=False, now=0.0)
    assert states(pool) == [(A.address, "unused", "Target.NotInUse")]
    pool.update(group(A), attached=True, now=1.0)
    assert states(pool) == [(A.address, "initial", "Elb.RegistrationInProgress")]


def test_a_pool_has_no_health_check_before_its_first_update() -> None:
    with pytest.raises(RuntimeError, match="not been updated"):
        _ = TargetPool().health_check


def _present(record: RegisteredTarget | None) -> RegisteredTarget:
    assert record is not None
    return record
