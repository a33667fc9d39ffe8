"""Tests of the scheduler with real processes; the AWS APIs and the load balancer are fakes."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.ecs_snapshots import TARGET_GROUP, ecs_service, task_definition
from tests.support.processes import running_with
from tests.support.task_sandbox import NAMES, Sandbox, get

pytestmark = pytest.mark.sandbox  # waits for real processes and sockets


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path)
    yield sandbox
    sandbox.scheduler.close()


def alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_task_of_a_service_has_its_own_address_and_host_name(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition())
    sandbox.until_completed()
    first, second = sandbox.tasks
    assert first.port == second.port
    names = {get(first, "/"), get(second, "/")}
    assert names == {f"ip-{each.address.replace('.', '-')}.eu-west-1.compute.internal" for each in (first, second)}
    assert {target.address for target in sandbox.apis.targets[TARGET_GROUP]} == {first.address, second.address}


def test_unhealthy_tasks_count_as_running_and_their_rollout_stays_in_progress(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(MODE="sick"), grace_seconds=60)
    sandbox.tick_until(lambda: [task.health for task in sandbox.tasks] == ["unhealthy", "unhealthy"])
    for _ in range(3):
        sandbox.tick()
        assert sandbox.observed is not None
        assert (sandbox.observed.running_count, sandbox.observed.pending_count) == (2, 0)
        assert sandbox.rollout() == (1, "IN_PROGRESS")


def test_a_task_gets_the_environment_of_its_container_and_not_of_the_sandbox(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    sandbox.serve(task_definition(COLOUR="blue"), desired_count=1)
    sandbox.until_completed()
    (task,) = sandbox.tasks
    environment = json.loads(get(task, "/environment"))
    assert environment["COLOUR"] == "blue"
    assert environment["HOST"] == task.address
    known = {"COLOUR", "HOST", "HOSTNAME", "PORT", "PATH", "HOME", "LC_CTYPE"}
    known |= {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_ENDPOINT_URL", "AWS_EC2_METADATA_DISABLED"}
    assert set(environment) <= known | {"HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"}


def test_a_new_revision_replaces_the_old_tasks_which_count_until_they_have_stopped(sandbox: Sandbox) -> None:
    sandbox.apis.deregistration_delay_seconds = 0.5
    sandbox.serve(task_definition(1))
    sandbox.until_completed()
    old = {task.task_id: task.process_id for task in sandbox.tasks}
    sandbox.serve(task_definition(2))

    def completed() -> bool:
        assert sandbox.observed is not None
        left = [task.task_id for task in sandbox.tasks if task.task_id in old]
        assert sandbox.observed.running_count >= 2
        assert not (left and sandbox.rollout() == (2, "COMPLETED"))
        return sandbox.rollout() == (2, "COMPLETED")

    sandbox.tick_until(completed)
    assert sandbox.observed is not None
    assert [each.running_count for each in sandbox.observed.deployments] == [2]
    assert not any(alive(process_id) for process_id in old.values() if process_id is not None)


def test_a_stop_deregisters_then_drains_then_signals(sandbox: Sandbox) -> None:
    sandbox.apis.deregistration_delay_seconds = 0.6
    sandbox.serve(task_definition(), desired_count=1, discovery=True)
    sandbox.until_completed()
    (task,) = sandbox.tasks
    sandbox.serve(task_definition(), desired_count=0, discovery=True)
    sandbox.tick()
    stopped_at = time.monotonic()
    assert sandbox.apis.calls[-2:] == ["deregister_instance", "deregister_targets"]
    sandbox.tick_until(lambda: "SIGTERM" in task.log_path.read_text(encoding="utf-8"))
    assert time.monotonic() - stopped_at >= 0.55
    sandbox.tick_until(lambda: not sandbox.tasks)


def test_a_task_that_ignores_sigterm_is_killed_at_its_stop_timeout(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(MODE="stubborn", stop_timeout_seconds=1), desired_count=1)
    sandbox.until_completed()
    started_at = time.monotonic()
    sandbox.serve(task_definition(MODE="stubborn", stop_timeout_seconds=1), desired_count=0)
    sandbox.tick_until(lambda: not sandbox.tasks)
    assert 1.0 <= time.monotonic() - started_at < 2.0


def test_a_killed_task_is_deregistered_replaced_and_listed_as_a_failure(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(), discovery=True)
    sandbox.until_completed()
    victim, other = sandbox.tasks
    assert victim.process_id is not None
    os.kill(victim.process_id, signal.SIGKILL)
    sandbox.tick_until(lambda: bool(sandbox.scheduler.failures()))
    assert victim.address not in {target.address for target in sandbox.apis.targets[TARGET_GROUP]}
    assert set(sandbox.apis.instances[NAMES.id].values()) == {other.address}
    sandbox.tick_until(lambda: len([task for task in sandbox.tasks if task.health == "healthy"]) == 2)
    (failure,) = sandbox.scheduler.failures()
    assert (failure.task_id, failure.exit_code) == (victim.task_id, 137)
    assert "SIGKILL" in failure.reason


def test_a_revision_that_fails_at_its_start_is_rolled_back_and_its_last_log_lines_are_kept(
    sandbox: Sandbox,
) -> None:
    sandbox.serve(task_definition(1))
    sandbox.until_completed()
    old = {task.task_id for task in sandbox.tasks}
    sandbox.serve(task_definition(2, MODE="dying"))
    sandbox.tick_until(lambda: "update_service" in sandbox.apis.calls)
    sandbox.until_completed()
    assert {task.task_id for task in sandbox.tasks} == old
    text = str(sandbox.scheduler.failures()[0])
    assert "of orders: Essential container in task exited with 2" in text
    assert "no database" in text


def test_the_reasons_and_exit_codes_of_stopped_tasks_are_kept(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(MODE="dying"), desired_count=1)
    sandbox.tick_until(lambda: sandbox.rollout() == (1, "FAILED"))
    assert sandbox.observed is not None
    stopped = {
        (task.status, task.stopped_reason, task.stop_code, container.exit_code)
        for task in sandbox.observed.tasks
        for container in task.containers
    }
    assert stopped == {("STOPPED", "Essential container in task exited", "EssentialContainerExited", 2)}


def test_a_task_that_ends_by_itself_is_an_event_with_its_exit_code(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(MODE="dying"), desired_count=1)
    sandbox.tick_until(lambda: sandbox.rollout() == (1, "FAILED"))
    assert sandbox.observed is not None
    assert any(
        "stopped: Essential container in task exited with 2." in each.message for each in sandbox.observed.events
    )


def test_stopped_tasks_are_listed_for_an_hour_also_those_of_a_deleted_service(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(), desired_count=1)
    sandbox.until_completed()
    sandbox.apis.services = []
    sandbox.tick_until(lambda: sandbox.tasks == ())
    assert sandbox.observed is not None
    (task,) = sandbox.observed.tasks
    times = [task.created_at, task.started_at, task.stopping_at, task.stopped_at]
    assert times == sorted(times, key=lambda time: time.timestamp() if time is not None else 0.0)
    sandbox.clock_offset = 3590.0
    sandbox.tick()
    assert sandbox.observed.tasks == (task,)
    sandbox.clock_offset = 3610.0
    sandbox.tick()
    assert sandbox.observed is None


def test_a_task_that_a_person_stops_is_replaced_and_has_not_failed(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(), desired_count=2)
    sandbox.until_completed()
    chosen = sandbox.tasks[0].task_id
    sandbox.apis.stop_requests = {chosen: "Task stopped by user"}
    sandbox.tick_until(lambda: chosen not in [task.task_id for task in sandbox.tasks])
    sandbox.until_completed()
    assert len(sandbox.tasks) == 2
    assert sandbox.observed is not None
    (stopped,) = (task for task in sandbox.observed.tasks if task.id == chosen)
    assert (stopped.stop_code, stopped.stopped_reason) == ("UserInitiated", "Task stopped by user")
    assert sandbox.scheduler.failures() == ()


def test_tasks_that_change_in_one_tick_are_one_event_with_its_time(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(), desired_count=2)
    sandbox.until_completed()
    sandbox.serve(task_definition(), desired_count=0)
    sandbox.tick()
    assert sandbox.observed is not None
    newest = sandbox.observed.events[:2]
    assert [event.message for event in newest] == [
        f"(service orders) deregistered 2 targets in (target-group {TARGET_GROUP})",
        "(service orders) has begun draining connections on 2 tasks.",
    ]
    assert newest[0].created_at > sandbox.observed.events[-1].created_at
    first, second = (task.task_id for task in sandbox.tasks)
    sandbox.tick_until(lambda: sandbox.tasks == ())
    stopped = f"(service orders) has stopped 2 running tasks: (task {first}) (task {second})."
    assert stopped in [event.message for event in sandbox.observed.events]


def test_a_deleted_service_leaves_no_task_and_no_registration(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(), discovery=True)
    sandbox.until_completed()
    sandbox.apis.services = [replace(sandbox.apis.services[0], status="DRAINING")]
    sandbox.tick()
    assert sandbox.observed is not None
    assert [task.status for task in sandbox.observed.tasks] == ["DEACTIVATING", "DEACTIVATING"]
    sandbox.tick_until(lambda: sandbox.tasks == ())
    assert {task.status for task in sandbox.observed.tasks} == {"STOPPED"}
    assert sandbox.apis.targets[TARGET_GROUP] == []
    assert sandbox.apis.instances[NAMES.id] == {}


def test_a_service_created_again_with_the_same_name_has_a_new_state(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(1, MODE="dying"))
    sandbox.tick_until(lambda: sandbox.rollout() == (1, "FAILED"))
    sandbox.apis.services = []
    sandbox.tick_until(lambda: sandbox.tasks == ())
    sandbox.serve(task_definition(1))
    sandbox.until_completed()


def test_a_port_in_use_is_a_failure_that_states_port_and_address(sandbox: Sandbox) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:  # noqa: S104
        port = other.getsockname()[1]
        sandbox.serve(task_definition(port=port), desired_count=1)
        sandbox.tick()
    (failure,) = sandbox.scheduler.failures()
    assert f"port {port} of 127." in failure.reason


def test_an_image_that_is_not_in_the_catalog_is_a_failure_that_states_the_image(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(image="registry.example/parcels:1"), desired_count=1)
    sandbox.tick()
    assert "image 'registry.example/parcels:1'" in sandbox.scheduler.failures()[0].reason


def test_a_task_without_a_load_balancer_is_healthy_after_a_short_run_time(sandbox: Sandbox) -> None:
    sandbox.apis.services = [ecs_service(task_definition(), desired_count=1, target_groups=())]
    sandbox.until_completed()
    sandbox.apis.services = [ecs_service(task_definition(2, MODE="dying"), desired_count=1, target_groups=())]
    sandbox.tick_until(lambda: bool(sandbox.scheduler.failures()))
    assert sandbox.rollout() == (2, "IN_PROGRESS")


@pytest.mark.parametrize("namespaces", [True, False])
def test_close_ends_all_tasks_and_their_child_processes(tmp_path: Path, namespaces: bool) -> None:
    sandbox = Sandbox(tmp_path, namespaces=namespaces)
    seconds = str(100_000 + os.getpid() + namespaces)  # distinguishes this test's process from others
    sandbox.serve(task_definition(MODE="parent", CHILD_SECONDS=seconds))
    sandbox.until_completed()
    assert running_with("sleep", seconds) == 2
    sandbox.scheduler.close()
    sandbox.scheduler.close()
    assert running_with("sleep", seconds) == 0
    assert sandbox.tasks == ()


def test_a_task_resolves_a_name_to_the_registered_tasks_until_they_are_deregistered(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(), discovery=True)
    sandbox.until_completed()
    client = sandbox.tasks[0]
    all_addresses = {task.address for task in sandbox.tasks}
    sandbox.tick_until(lambda: set(get(client, "/resolve/orders.services").split()) == all_addresses)
    sandbox.serve(task_definition(), desired_count=1, discovery=True)
    sandbox.tick_until(lambda: len(sandbox.tasks) == 1)
    left = sandbox.tasks[0]
    sandbox.tick_until(lambda: get(left, "/resolve/orders.services").split() == [left.address])
    assert "not known" in get(left, "/resolve/parcels.services")
