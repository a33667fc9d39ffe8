"""The causes of tasks that are stopped from outside, and of containers that end and whose log names no cause."""

from __future__ import annotations

from collections.abc import Callable

from colonnade.operate.why.cause import (
    EXIT_CODES,
    STOPPED_TASKS,
    Cause,
    Find,
    Values,
    container_values,
    first_of,
    with_exit_code,
)
from colonnade.operate.why.evidence import Evidence, Task


def _by_code(code: str) -> Find:
    """Return a search for a task that was stopped with this stop code."""

    def find(evidence: Evidence) -> Values | None:
        for task in evidence.failures:
            if task.stop_code == code:
                return {"task": task.id, "reason": task.stopped_reason}
        return None

    return find


def _exited(accept: Callable[[Task], bool]) -> Find:
    def find(evidence: Evidence) -> Values | None:
        for task in evidence.failures:
            if task.stop_code == "EssentialContainerExited" and accept(task):
                return container_values(evidence, task.culprit)
        return None

    return find


def _sidecar(evidence: Evidence) -> Values | None:
    """Find an essential container that ended and is not the one that the load balancer forwards to."""
    main = {group.container for group in evidence.target_groups}
    for task in evidence.failures:
        culprit = task.culprit
        if task.stop_code == "EssentialContainerExited" and main and culprit.name not in main:
            return container_values(evidence, culprit)
    return None


OUTSIDE_CAUSES: tuple[Cause, ...] = (
    Cause(
        name="stopped-by-a-person",
        sign="stop code `UserInitiated`",
        sentence="someone stopped task {task} with StopTask: {reason}",
        fix="nothing to correct: ECS starts another task; CloudTrail has the caller of StopTask",
        source=STOPPED_TASKS,
        find=_by_code("UserInitiated"),
    ),
    Cause(
        name="spot-interruption",
        sign="stop code `SpotInterruption` or `TerminationNotice`",
        sentence="AWS took back the capacity of task {task}: {reason}",
        fix="nothing to correct: ECS starts another task; `capacity_base` sets how many tasks run on demand",
        source=STOPPED_TASKS,
        find=first_of(_by_code("SpotInterruption"), _by_code("TerminationNotice")),
    ),
)

EXIT_CAUSES: tuple[Cause, ...] = (
    Cause(
        name="sidecar-ended",
        sign="an essential container beside the service's own has ended",
        sentence="the essential container {container!r} beside the app exited with {code}, which ends the task: {line}",
        fix="correct the cause in its log, or declare the sidecar with `essential=False`",
        source=EXIT_CODES,
        find=_sidecar,
        general=True,
    ),
    Cause(
        name="killed",
        sign="exit code 137 without `OutOfMemoryError`",
        sentence="container {container!r} was ended by SIGKILL (137), not by ECS",
        fix="look for what kills it: more memory than the task has, a child process or a person",
        source=EXIT_CODES,
        find=with_exit_code(137),
        general=True,
    ),
    Cause(
        name="crashed",
        sign="exit code 134, 135, 136 or 139",
        sentence="container {container!r} crashed in native code ({code}: SIGABRT, SIGBUS, SIGFPE or SIGSEGV): {line}",
        fix="run the image locally with the same input; a library for another system or architecture is a usual cause",
        source=EXIT_CODES,
        find=with_exit_code(134, 135, 136, 139),
        general=True,
    ),
    Cause(
        name="ended-by-itself",
        sign="exit code 0",
        sentence="container {container!r} ended by itself with 0, and a service must run on: {line}",
        fix="keep the server in the foreground; run a job that ends as a scheduled or single task",
        source=EXIT_CODES,
        find=with_exit_code(0),
        general=True,
    ),
    Cause(
        name="ended-by-sigterm",
        sign="exit code 143",
        sentence="container {container!r} was ended by SIGTERM (143), not by ECS",
        fix="look for what sends the signal, such as a supervisor in the image",
        source=EXIT_CODES,
        find=with_exit_code(143),
        general=True,
    ),
    Cause(
        name="exited",
        sign="any other exit code",
        sentence="container {container!r} exited with {code}: {line}",
        fix="correct the cause in its last log lines; `colonnade logs {service}` prints more",
        source=EXIT_CODES,
        find=_exited(lambda task: task.culprit.exit_code is not None),
        general=True,
    ),
)
