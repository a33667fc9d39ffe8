"""Tasks of several containers with real processes: order, health checks, sidecars, ends and stops."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colonnade_sandbox.control_plane.observations import ContainerObservation, TaskObservation
from colonnade_sandbox.control_plane.snapshot import (
    Container,
    ContainerDependency,
    ContainerHealthCheck,
    MountPoint,
    TaskDefinition,
    Tmpfs,
)
from tests.support.ecs_snapshots import task_definition
from tests.support.task_sandbox import NAMES, Sandbox, get

pytestmark = pytest.mark.sandbox  # waits for real processes and sockets

NO_GROUP: Any = {"desired_count": 1, "target_groups": ()}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path)
    yield sandbox
    sandbox.scheduler.close()


def shell(name: str, script: str, **fields: Any) -> Container:
    """Return a container of the image `orders` that runs a shell script instead."""
    return Container(name=name, image="orders:1", entry_point=("/bin/sh", "-c"), command=(script,), **fields)


def several(
    *others: Container, revision: int = 1, after: str = "", variables: dict[str, str] | None = None, **fields: Any
) -> TaskDefinition:
    """Return a task definition whose main container, the tiny service, depends on 'CONTAINER CONDITION'."""
    given: Any = variables if variables is not None else {}
    definition = task_definition(revision, **given)
    needed, _, condition = after.partition(" ")
    depends: Any = (ContainerDependency(container_name=needed, condition=condition),) if after else ()  # type: ignore[arg-type]
    main = replace(definition.main_container, depends_on=depends, log_stream_prefix="shop", **fields)
    return replace(definition, containers=(main, *others))


def observed(sandbox: Sandbox) -> TaskObservation:
    """Return the first task that is described: one that has not stopped, if there is one."""
    return _tasks(sandbox)[0]


def by_name(task: TaskObservation) -> dict[str, ContainerObservation]:
    return {container.name: container for container in task.containers}


def test_the_main_container_starts_after_one_that_must_succeed_and_the_task_is_pending_meanwhile(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    migration = shell("migration", f"echo migrates; while [ ! -e {go} ]; do sleep 0.05; done", essential=False)
    sandbox.serve(several(migration, after="migration SUCCESS"), desired_count=1)
    sandbox.tick_until(lambda: by_name(observed(sandbox))["migration"].status == "RUNNING")
    for _ in range(5):
        sandbox.tick()
        assert (observed(sandbox).status, by_name(observed(sandbox))["orders"].status) == ("PENDING", "PENDING")
        (listed,) = sandbox.tasks
        statuses = {each.name: each.status for each in listed.containers}
        assert statuses == {"orders": "PENDING", "migration": "RUNNING"}
        assert "register_targets" not in sandbox.apis.calls
    go.touch()
    sandbox.until_completed()
    containers = by_name(observed(sandbox))
    assert (containers["migration"].status, containers["migration"].exit_code) == ("STOPPED", 0)
    assert (containers["orders"].status, containers["orders"].exit_code) == ("RUNNING", None)
    (task,) = sandbox.tasks
    logs = tmp_path / "tasks" / "logs"
    assert task.log_path == logs / "shop" / "orders" / f"{task.task_id}.log"
    assert (logs / "orders" / "migration" / f"{task.task_id}.log").read_text() == "migrates\n"


def test_a_container_that_must_succeed_and_fails_is_a_failed_deployment_that_is_rolled_back(
    sandbox: Sandbox,
) -> None:
    sandbox.serve(several())
    sandbox.until_completed()
    old = {task.task_id for task in sandbox.tasks}
    migration = shell("migration", "echo no table; exit 3", essential=False)
    sandbox.serve(several(migration, revision=2, after="migration SUCCESS"))
    sandbox.tick_until(lambda: "update_service" in sandbox.apis.calls)
    sandbox.until_completed()
    assert {task.task_id for task in sandbox.tasks} == old
    failed = next(each for each in _tasks(sandbox) if each.stop_code == "EssentialContainerExited")
    assert failed.stopped_reason == "Essential container in task exited"
    containers = by_name(failed)
    assert (containers["migration"].exit_code, containers["orders"].exit_code) == (3, 143)
    assert "CannotStartContainerError: dependency graph: failed to resolve" in containers["orders"].reason
    failure = str(sandbox.scheduler.failures()[0])
    assert "container migration exited with 3, so container orders was not started" in failure
    assert "no table" in failure


def test_containers_of_a_task_share_its_address_and_nothing_else(sandbox: Sandbox) -> None:
    script = 'echo "$COLOUR at $HOST"; exec python -m http.server 7998 --bind "$HOST"'
    metrics = shell("metrics", script, environment={"COLOUR": "red"}, ports=(7998,))
    sandbox.serve(several(metrics, variables={"SHADE": "dark"}), desired_count=2)
    sandbox.until_completed()
    for task in sandbox.tasks:
        sandbox.tick_until(lambda at=(task.address, 7998): _accepts(*at))  # type: ignore[misc]
        assert get(task, "/resolve/localhost") == task.address
        log = task.log_path.parents[2] / "orders" / "metrics" / task.log_path.name
        assert log.read_text().startswith(f"red at {task.address}")
        assert "COLOUR" not in get(task, "/environment")


@pytest.mark.parametrize("essential", [True, False])
def test_the_end_of_an_essential_container_stops_the_task_and_of_another_one_does_not(
    sandbox: Sandbox, tmp_path: Path, essential: bool
) -> None:
    stop = tmp_path / "stop"
    sidecar = shell("sidecar", f"while [ ! -e {stop} ]; do sleep 0.05; done; exit 5", essential=essential)
    sandbox.serve(several(sidecar), desired_count=1)
    sandbox.until_completed()
    (task,) = sandbox.tasks
    stop.touch()
    if not essential:
        sandbox.tick_until(lambda: by_name(observed(sandbox))["sidecar"].exit_code == 5)
        sandbox.tick()
        assert [each.task_id for each in sandbox.tasks] == [task.task_id]
        return
    sandbox.tick_until(lambda: any(each.id == task.task_id and each.status == "STOPPED" for each in _tasks(sandbox)))
    ended = next(each for each in _tasks(sandbox) if each.id == task.task_id)
    assert ended.stopped_reason == "Essential container in task exited"
    assert {name: each.exit_code for name, each in by_name(ended).items()} == {"sidecar": 5, "orders": 0}
    assert "SIGTERM" in task.log_path.read_text()
    assert "container in task (sidecar) exited with 5" in str(sandbox.scheduler.failures()[0])


def _accepts(address: str, port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((address, port)) == 0


def _tasks(sandbox: Sandbox) -> tuple[TaskObservation, ...]:
    return sandbox.observed.tasks if sandbox.observed is not None else ()


def test_containers_stop_in_the_reverse_order_each_with_its_own_timeout(sandbox: Sandbox) -> None:
    script = "trap 'echo SIGTERM' TERM; while :; do sleep 0.05; done"
    proxy = shell("proxy", script, stop_timeout_seconds=1)
    sandbox.serve(
        several(proxy, after="proxy START", variables={"MODE": "stubborn"}, stop_timeout_seconds=1), **NO_GROUP
    )
    sandbox.until_completed()
    (task,) = sandbox.tasks
    log = task.log_path.parents[2] / "orders" / "proxy" / task.log_path.name
    sandbox.serve(several(proxy), desired_count=0, target_groups=())
    began = time.monotonic()
    sandbox.tick_until(lambda: by_name(observed(sandbox))["orders"].exit_code == 137)
    assert time.monotonic() - began >= 1
    assert log.read_text() == ""
    sandbox.tick_until(lambda: not sandbox.tasks)
    assert 2 <= time.monotonic() - began < 5
    assert log.read_text() == "SIGTERM\n"
    assert by_name(observed(sandbox))["proxy"].exit_code == 137


def test_a_name_is_given_out_and_a_rollout_completes_only_when_the_containers_are_healthy(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    well = tmp_path / "well"
    check = ContainerHealthCheck(command=("/bin/sh", "-c", f"test -e {well} && hostname"), interval_seconds=1)
    sandbox.serve(several(health_check=check), discovery=True, **NO_GROUP)
    sandbox.tick_until(lambda: observed(sandbox).status == "RUNNING")
    (task,) = sandbox.tasks
    assert sandbox.apis.instances[NAMES.id] == {task.task_id: task.address}
    waits = time.monotonic() + 2.5  # a task without a check would be steady
    while time.monotonic() < waits:
        sandbox.tick()
        assert sandbox.apis.snapshot().discovery_services[0].addresses == ()
        assert sandbox.rollout() == (1, "IN_PROGRESS")
        time.sleep(0.05)
    well.touch()
    sandbox.until_completed()
    assert (observed(sandbox).health, by_name(observed(sandbox))["orders"].health) == ("HEALTHY", "HEALTHY")
    assert sandbox.apis.snapshot().discovery_services[0].addresses == (task.address,)
    check_log = task.log_path.with_suffix(".health-check.log")
    assert set(check_log.read_text().split()) == {get(task, "/")}  # the check runs in the container


def test_a_task_whose_container_becomes_unhealthy_loses_its_name_and_is_replaced(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    ill = tmp_path / "ill"
    check = ContainerHealthCheck(command=("/bin/sh", "-c", f"! rm {ill}"), interval_seconds=1, retries=1)
    sandbox.serve(several(health_check=check), discovery=True, grace_seconds=0, **NO_GROUP)
    sandbox.until_completed()
    (former,) = sandbox.tasks
    ill.touch()
    sandbox.tick_until(lambda: bool(sandbox.scheduler.failures()))
    assert former.address not in sandbox.apis.snapshot().discovery_services[0].addresses
    sandbox.tick_until(lambda: [task.health for task in sandbox.tasks] == ["healthy"])
    assert sandbox.tasks[0].task_id != former.task_id
    stopped = next(each for each in _tasks(sandbox) if each.id == former.task_id)
    assert (stopped.health, stopped.stopped_reason) == ("UNHEALTHY", "Task failed container health checks")


def test_a_container_waits_until_another_one_is_healthy(sandbox: Sandbox, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    check = ContainerHealthCheck(command=("test", "-e", str(ready)), interval_seconds=1)
    proxy = shell("proxy", f"trap 'exit 0' TERM; sleep 0.5; touch {ready}; sleep 60 & wait", health_check=check)
    sandbox.serve(several(proxy, after="proxy HEALTHY"), desired_count=1)
    sandbox.tick_until(lambda: ready.exists())
    assert by_name(observed(sandbox))["orders"].status == "PENDING"
    sandbox.until_completed()


def test_containers_of_a_task_share_its_volume_on_a_read_only_root_and_no_other_task_sees_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    volume: Any = {"mount_points": (MountPoint(volume="data", path="/data"),), "read_only_root": True}
    writer = shell("writer", 'echo "$HOST" >> /data/note; touch /note', essential=False, **volume)
    main = several(writer, after="writer COMPLETE", **volume)
    script = "cat /data/note; ulimit -n; trap 'exit 0' TERM; sleep 60 & wait"
    reader = replace(
        main.main_container,
        entry_point=("/bin/sh", "-c"),
        command=(script,),
        ulimits={"nofile": (100, 200)},
        tmpfs=(Tmpfs(path="/scratch", size_mib=1),),
        init_process=True,
    )
    sandbox.serve(replace(main, containers=(reader, writer)), desired_count=2, target_groups=())
    sandbox.until_completed()
    for task in sandbox.tasks:
        assert task.log_path.read_text().split() == [task.address, "100"]
    assert [by_name(each)["writer"].exit_code for each in _tasks(sandbox)] == [1, 1]
    volumes = tmp_path / "tasks" / "volumes"
    assert len(list(volumes.iterdir())) == 2
    sandbox.serve(main, desired_count=0, target_groups=())
    sandbox.tick_until(lambda: not sandbox.tasks)
    assert list(volumes.iterdir()) == []


def test_a_stop_before_the_main_container_has_started_leaves_no_process(sandbox: Sandbox) -> None:
    migration = shell("migration", "exec sleep 300", essential=False, stop_timeout_seconds=1)
    sandbox.serve(several(migration, after="migration SUCCESS"), desired_count=1)
    sandbox.tick_until(lambda: by_name(observed(sandbox))["migration"].status == "RUNNING")
    sandbox.serve(several(migration, after="migration SUCCESS"), desired_count=0)
    sandbox.tick_until(lambda: not sandbox.tasks)
    containers = by_name(observed(sandbox))
    assert (containers["migration"].exit_code, containers["orders"].exit_code) == (137, None)
    assert sandbox.scheduler.failures() == ()
