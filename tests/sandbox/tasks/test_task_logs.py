"""The lines of containers reach CloudWatch Logs, those of failed tasks too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade_sandbox.control_plane.log_store import LogEvent, LogStore
from colonnade_sandbox.control_plane.snapshot import TaskDefinition
from colonnade_sandbox.tasks.task_logs import TaskLogs
from tests.support.ecs_apis import Apis
from tests.support.ecs_snapshots import task_definition
from tests.support.task_sandbox import Sandbox

pytestmark = pytest.mark.sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path, apis=Apis(log_groups={"orders"}))
    yield running
    running.scheduler.close()


def _logged(definition: TaskDefinition, group: str = "orders") -> TaskDefinition:
    (container,) = definition.containers
    return replace(definition, containers=(replace(container, log_group=group, log_stream_prefix="p"),))


def _events(store: LogStore) -> list[LogEvent]:
    return list(store.read("orders", lambda _: True))


class Log:
    """A log file that is followed, with a clock in seconds."""

    def __init__(self, directory: Path) -> None:
        self.store, self.now = LogStore(), 1.5
        self._logs = TaskLogs(Apis(), self.store, lambda: self.now)
        self.path = directory / "log"
        self.path.touch()
        self._logs.follow(self.path, "orders", "p/orders/1")

    def write(self, content: bytes) -> None:
        with self.path.open("ab") as log:
            log.write(content)
        self._logs.read()

    def end(self) -> None:
        self._logs.ended(self.path)
        self._logs.read()

    @property
    def lines(self) -> list[tuple[int, str]]:
        return [(event.timestamp, event.message) for event in _events(self.store)]


def test_each_line_is_an_event_with_the_time_at_which_it_was_complete(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write(b"one\n\ntwo\r\nthr")
    log.now = 2.0
    log.write(b"ee\n\xff\n")
    assert log.lines == [(1500, "one"), (1500, "two"), (2000, "three"), (2000, "\ufffd")]


def test_a_last_line_without_an_end_is_an_event_when_the_container_has_ended(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write(b"Segmentation fault")
    assert log.lines == []
    log.end()
    assert log.lines == [(1500, "Segmentation fault")]
    log.write(b"not of this container\n")
    assert len(log.lines) == 1


def test_of_a_container_that_writes_faster_than_it_is_read_the_newest_lines_are_kept(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write(b"".join(b"%07d %s\n" % (number, b"x" * 92) for number in range(200_000)))
    log.write(b"last\n")
    numbers = [message for _, message in log.lines]
    assert numbers[-1] == "last"
    assert all(len(message) in (100, 4) for message in numbers)
    assert len(numbers) < 20_000


def test_the_lines_of_a_task_that_failed_stay_under_prefix_container_and_task(sandbox: Sandbox) -> None:
    sandbox.serve(_logged(task_definition(MODE="dying")), desired_count=1)
    sandbox.tick_until(lambda: sandbox.rollout() == (1, "FAILED"))
    failed = {f"p/orders/{failure.task_id}": failure.last_lines for failure in sandbox.scheduler.failures()}
    sandbox.tick_until(lambda: {event.stream for event in _events(sandbox.logs)} == set(failed))
    for stream, lines in failed.items():
        assert [event.message for event in _events(sandbox.logs) if event.stream == stream] == list(lines)


def test_a_task_whose_log_group_does_not_exist_fails_to_start_in_the_words_of_ecs(sandbox: Sandbox) -> None:
    sandbox.serve(_logged(task_definition(), group="unknown"), desired_count=1)
    sandbox.tick()
    assert sandbox.observed is not None
    (task,) = sandbox.observed.tasks
    assert task.stop_code == "TaskFailedToStart"
    assert task.stopped_reason.startswith("ResourceInitializationError: failed to validate logger args: ")
    assert "ResourceNotFoundException: The specified log group does not exist." in task.stopped_reason


def test_a_container_without_a_log_configuration_has_no_stream(sandbox: Sandbox) -> None:
    sandbox.serve(task_definition(), desired_count=1)
    sandbox.until_completed()
    assert not any(call.startswith("create_log_stream") for call in sandbox.apis.calls)
    assert _events(sandbox.logs) == []
