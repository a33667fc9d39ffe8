"""The answer of `colonnade why`: evidence -> first cause with its fix, the evidence for it, other observations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from colonnade.operate.health_check_lines import is_health_check
from colonnade.operate.status_text import without_arns
from colonnade.operate.why.causes import Finding, findings
from colonnade.operate.why.evidence import Evidence, Task

_LOG_LINES = 10
_RESTARTS = 2
"""The failed tasks within 10 minutes that a healthy service may have."""
_EVENTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The judged evidence about one service."""

    evidence: Evidence
    causes: tuple[Finding, ...]
    """The first one is the answer; none for a service without a fault."""
    well: bool
    """True if the service is healthy and as deployed. Its causes then explain tasks that failed within the hour."""


def judge(evidence: Evidence) -> Answer:
    """Return the causes that the evidence supports, and whether the service is healthy and as deployed now."""
    lasting = replace(evidence, tasks=tuple(task for task in evidence.tasks if not task.failed))
    stable = evidence.healthy and evidence.restarts <= _RESTARTS
    well = stable and evidence.as_deployed and not any(findings(lasting))
    return Answer(evidence=evidence, causes=tuple(findings(evidence)), well=well)


def answer_text(answer: Answer) -> str:
    """Return the answer in lines for a terminal."""
    return "\n".join(_lines(answer))


def answer_document(answer: Answer) -> dict[str, Any]:
    """Return the answer for `--json`, with times in ISO 8601."""
    evidence, causes = answer.evidence, [_cause_document(each) for each in answer.causes]
    return {
        "version": 1,
        "service": evidence.service,
        "ecs_service": evidence.name,
        "healthy": evidence.healthy,
        "as_deployed": evidence.as_deployed,
        "well": answer.well,
        "cause": causes[0] if causes else None,
        "other_causes": causes[1:],
        "rolled_back": evidence.rolled_back,
        "task_definition": _attempted(evidence),
        "failed_tasks": [_task_document(task) for task in evidence.failures],
        "health_answers": [{"target_group": group.name, "answer": text} for group, text in _answers(evidence)],
        "events": [{"at": each.at.isoformat(), "message": each.message} for each in evidence.events[:_EVENTS]],
    }


def _lines(answer: Answer) -> Iterator[str]:
    evidence = answer.evidence
    yield f"{evidence.service} {_state(answer)}"
    if not answer.causes:
        return
    first, *others = answer.causes
    yield ""
    yield f"Cause: {first.sentence}"
    yield f"Fix:   {first.fix}"
    yield f"AWS:   {first.source}"
    shown = list(_evidence(evidence))
    if shown:
        yield ""
        yield "Evidence:"
        yield from (f"    {line}" for line in shown)
    more = [each.sentence for each in others if not each.general]
    if more:
        yield ""
        yield "Also:"
        yield from (f"    {line}" for line in more)


def _state(answer: Answer) -> str:
    evidence = answer.evidence
    if not evidence.exists:
        return "is not deployed"
    counts = f"{evidence.running} of {evidence.desired} tasks run{_targets(evidence)}"
    revision = _revision(evidence.primary.task_definition) if evidence.primary is not None else "none"
    if answer.well:
        past = "; tasks have failed within the last hour" if answer.causes else ""
        return f"is healthy and as deployed: revision {revision}, {counts}{past}"
    if evidence.rolled_back:
        attempted = _revision(_attempted(evidence))
        return f"is not what was deployed: revision {attempted} was rolled back to {revision}, {counts}"
    if not evidence.as_deployed:
        failed = evidence.primary is not None and evidence.primary.state == "FAILED"
        return f"{'has a failed deployment' if failed else 'is being deployed'}: revision {revision}, {counts}"
    if evidence.healthy and evidence.restarts > _RESTARTS:
        return f"is not stable: {evidence.restarts} tasks have failed within 10 minutes: revision {revision}, {counts}"
    return f"{'has a fault' if evidence.healthy else 'is not healthy'}: revision {revision}, {counts}"


def _targets(evidence: Evidence) -> str:
    states = Counter(target.state for group in evidence.target_groups for target in group.targets)
    return "".join(f", {count} {'target' if count == 1 else 'targets'} {state}" for state, count in states.items())


def _evidence(evidence: Evidence) -> Iterator[str]:
    if evidence.failed_deployment is not None:
        deployment, reason = evidence.failed_deployment
        yield f"deployment {deployment} failed: {reason}"
    yield from _stops(evidence)
    for group in evidence.target_groups:
        for text in dict.fromkeys(text for each, text in _answers(evidence) if each is group):
            check = f"GET {group.path} on port {group.checked_port}, accepts {group.matcher}"
            yield f"health check of target group {group.name} ({check}): {text}"
    for callee in evidence.callees:
        state = f"{callee.healthy} healthy in Cloud Map" if callee.exists else "does not exist in Cloud Map"
        yield f"{callee.variable} calls {callee.host}: {state}"
    yield from _log(evidence)


def _stops(evidence: Evidence) -> Iterator[str]:
    counts = Counter(_end(task) for task in evidence.failures)
    last = {_end(task): task for task in reversed(evidence.failures)}
    for end, count in counts.items():
        task = last[end]
        age = f", the last {_ago(evidence.now, task.stopped_at)}" if task.stopped_at is not None else ""
        yield f"{count} {'task' if count == 1 else 'tasks'} stopped{age}: {end}"


def _end(task: Task) -> str:
    codes = {each.name: each.exit_code for each in task.containers if each.exit_code is not None}
    ended = [f"container {name!r} exited with {code}" for name, code in codes.items()]
    reasons = [each.reason for each in task.containers if each.reason and each.reason not in task.stopped_reason]
    return without_arns("; ".join(filter(None, [task.stopped_reason, *reasons, *ended])))


def _log(evidence: Evidence) -> Iterator[str]:
    """Yield the last log lines of the newest failed task, or of a running one, without passed health checks."""
    for task in (*evidence.failures, *evidence.running_tasks):
        container = task.culprit if task.failed else task.containers[0]
        lines = [line for line in container.log if not _passed_check(evidence, line)]
        if lines:
            yield f"last log lines of container {container.name!r} of task {task.id}:"
            yield from (f"    {line}" for line in lines[-_LOG_LINES:])
            return


def _passed_check(evidence: Evidence, line: str) -> bool:
    groups = evidence.target_groups
    return any(is_health_check(line, path=group.path, matcher=group.matcher) for group in groups)


def _answers(evidence: Evidence) -> Sequence[tuple[Any, str]]:
    return [(group, text) for group, text in evidence.answers()]


def _ago(now: datetime, at: datetime) -> str:
    seconds = max(0, round((now - at).total_seconds()))
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"


def _attempted(evidence: Evidence) -> str:
    return str(evidence.definition.get("taskDefinitionArn", ""))


def _revision(arn: str) -> str:
    return arn.rpartition(":")[2] if arn else "of an hour ago or earlier"


def _cause_document(finding: Finding) -> dict[str, str]:
    return {"name": finding.name, "sentence": finding.sentence, "fix": finding.fix, "source": finding.source}


def _task_document(task: Task) -> dict[str, Any]:
    times = {"started_at": task.started_at, "stopped_at": task.stopped_at}
    return {
        "id": task.id,
        "task_definition": task.task_definition,
        "stop_code": task.stop_code,
        "stopped_reason": task.stopped_reason,
        **{name: at.isoformat() if at is not None else None for name, at in times.items()},
        "containers": [{**asdict(each), "log": list(each.log)} for each in task.containers],
    }
