"""One cause of a service that is not healthy or not as deployed: evidence -> values -> sentence and fix."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.operate.why.evidence import Evidence, Task, TaskContainer
from colonnade.operate.why.log_lines import request

Values = Mapping[str, Any]
"""The values for the placeholders of a cause's sentence and fix."""
Find = Callable[[Evidence], Values | None]

STOPPED_TASKS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html"
CANNOT_PULL = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html"
RESOURCE_INITIALIZATION = (
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html"
)
CANNOT_START = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cannot-start-container.html"
EXIT_CODES = "https://repost.aws/knowledge-center/ecs-task-stopped"
TARGET_HEALTH = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"
EVENTS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html"


_RUNS = re.compile(r"codes: \[[1-4]\d\d")
_LESSER = re.compile(r"\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING)\b|\"level\": ?\"(?:trace|debug|info|warn|warning)\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause. `sentence` and `fix` have placeholders for the values that `find` returns."""

    name: str
    """A stable name for scripts, such as 'secret-missing'."""
    sign: str
    """The words of AWS or of the log by which a reader recognizes the cause, for the documentation."""
    sentence: str
    fix: str
    source: str
    """The address of AWS's documentation."""
    find: Find
    general: bool = False
    """True for a cause that only repeats the sign. It is not shown if another cause was found."""

    def documented(self, text: str) -> str:
        """Return the sentence or the fix with names in capitals in the place of values, as `--help` writes them."""
        return re.sub(r"\{(\w+)(?:!r)?\}", lambda found: found[1].upper().replace("_", " "), text)


def reason_of(task: Task) -> str:
    """Return everything that ECS says about the stop of a task, of itself and of its containers."""
    return "\n".join([task.stopped_reason, *(each.reason for each in task.containers if each.reason)])


def in_reasons(pattern: str) -> Find:
    """Return a search in ECS's reasons for stopped tasks; named groups of the pattern are values."""
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)

    def find(evidence: Evidence) -> Values | None:
        for task in evidence.failures:
            found = compiled.search(reason_of(task))
            if found is not None:
                return {**container_values(evidence, _blamed(task)), **_given(found.groupdict()), "task": task.id}
        return None

    return find


def in_events(pattern: str) -> Find:
    """Return a search in the newest events of the service, up to its last steady state."""
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)

    def find(evidence: Evidence) -> Values | None:
        for event in evidence.events:
            if "has reached a steady state" in event.message:
                return None
            found = compiled.search(event.message)
            if found is not None:
                return _given(found.groupdict())
        return None

    return find


def in_log(pattern: str, *, flags: int = 0) -> Find:
    """Return a search in the last log lines of the containers that ended, and of running ones; newest line first.

    It finds nothing for a service without a fault, and for an app that answers health checks with another status than
    5xx: an error in the log of an app that runs is then not the cause.
    """
    compiled = re.compile(pattern, flags)
    return lambda evidence: next(log_matches(evidence, compiled), None)


def log_matches(evidence: Evidence, compiled: re.Pattern[str]) -> Iterator[Values]:
    """Yield the values of each log line that matches, as `in_log` does, without warnings and lesser levels.

    An indented line is a detail of the line above it, such as a property of an error. It comes after all other lines.
    """
    if settled(evidence) or any(_RUNS.search(answer) for _, answer in evidence.answers()):
        return
    lines = list(evidence.log_lines())
    for indented in (False, True):
        for place, (container, line) in enumerate(lines):
            found = compiled.search(line) if _indented(line) == indented else None
            if found is not None and _LESSER.search(line) is None:
                whole = _with_head(lines[place:]) if indented else line.strip()
                yield {**container_values(evidence, container), **_given(found.groupdict()), "line": whole}


def _indented(line: str) -> bool:
    return line[:1].isspace()


def _with_head(lines: Sequence[tuple[TaskContainer, str]]) -> str:
    """Return the first of these lines, newest first, after the one that it is a detail of."""
    container, line = lines[0]
    head = next((each for other, each in lines if other is container and not _indented(each)), "")
    return f"{head.strip()} {line.strip()}".strip()


def with_exit_code(*codes: int) -> Find:
    """Return a search for a container that ended the task with one of these exit codes."""

    def find(evidence: Evidence) -> Values | None:
        for task in evidence.failures:
            if task.stop_code == "EssentialContainerExited" and task.culprit.exit_code in codes:
                return container_values(evidence, task.culprit)
        return None

    return find


def first_of(*finds: Find) -> Find:
    """Return the search that tries these in their order."""
    return lambda evidence: next((found for find in finds if (found := find(evidence)) is not None), None)


def settled(evidence: Evidence) -> bool:
    """Return True if nothing has failed: a healthy service's log lines are no evidence of a fault."""
    return evidence.healthy and not evidence.failures


def container_values(evidence: Evidence, container: TaskContainer) -> dict[str, Any]:
    """Return the values of a container that most sentences name."""
    code = container.exit_code
    containers = evidence.definition.get("containerDefinitions", [])
    definition: Mapping[str, Any] = next((each for each in containers if each["name"] == container.name), {})
    words = [*definition.get("entryPoint", []), *definition.get("command", [])]
    return {
        "container": container.name,
        "code": code if code is not None else "no code",
        "line": last_line(container),
        "image": definition.get("image", "the image"),
        "command": " ".join(words) if words else "the image's own command",
        "check": " ".join(definition.get("healthCheck", {}).get("command", ["unknown"])),
        "execution_role": short(evidence.definition.get("executionRoleArn", "none")),
        "task_role": short(evidence.definition.get("taskRoleArn", "none")),
    }


def last_line(container: TaskContainer | None) -> str:
    """Return the last line of a container's log that is not empty, and no request if there is another line."""
    lines = [line.strip() for line in container.log if line.strip()] if container is not None else []
    others = [line for line in lines if request(line) is None]
    return (others or lines or ["it has logged nothing"])[-1]


def short(arn: str) -> str:
    """Return the last part of an ARN."""
    return arn.rpartition("/")[2]


def _blamed(task: Task) -> TaskContainer:
    """Return the container that ECS gives a reason for, otherwise the culprit."""
    return next((each for each in task.containers if each.reason), task.culprit)


def _given(groups: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value.strip() for name, value in groups.items() if value is not None}
