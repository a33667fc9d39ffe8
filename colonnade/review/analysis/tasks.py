"""Services that lose their tasks or requests for good, and tasks that get rights on their host."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.rule_changes import RuleChanges
from colonnade.review.analysis.task_definitions import TYPE as TASK_DEFINITION
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import UNKNOWN, Sensitive, blocks, judged, within

_COUNTS = (("aws_ecs_service", "desired_count"), ("aws_appautoscaling_target", "max_capacity"))
_HOST = "host"
_SENSITIVE = "(sensitive)"


def without_tasks(changes: Sequence[Change], index: ResourceIndex, rules: RuleChanges) -> Iterator[Finding]:
    """Yield a finding for each service without tasks, or without the load balancer, after the plan."""
    routed = {target.name for rule in rules.after for target in rule.targets if target.percent > 0}
    for change in changes:
        if not change.remains:
            continue
        # A desired count of 0 is expected for a retired monolith, which gets no requests.
        kind = Kind.INTERRUPTION if index.service(change) in routed else Kind.REMOVAL
        for type_, attribute in _COUNTS:
            if change.type == type_ and change.before is not None:
                yield from _none_left(change, attribute, kind)
        if change.type == "aws_ecs_service" and change.before is not None:
            yield from _detached(change, kind)
        elif change.type == "aws_appautoscaling_scheduled_action":
            yield from _scheduled(change)


def _none_left(change: Change, attribute: str, kind: Kind) -> Iterator[Finding]:
    old, new = ((change.side(after=after) or {}).get(attribute) for after in (False, True))
    # The provider sends 0 for null: https://github.com/hashicorp/terraform-provider-aws/issues/752
    if judged(new) in (0, None) and judged(old) not in (0, None):
        reason = f"leaves a service without tasks ({attribute} {old} → {'none' if new is None else new})"
        yield Finding(
            address=change.address,
            rule="service-without-tasks",
            reason=reason,
            kind=kind,
            judged=((attribute, 0),),
        )


def _scheduled(change: Change) -> Iterator[Finding]:
    sides = (change.judged(after=after).get("scalable_target_action") for after in (False, True))
    old, new = ([each.get("max_capacity") for each in blocks(side)] for side in sides)
    if 0 in new and 0 not in old:
        reason = "leaves a service without tasks at a scheduled time (max_capacity 0)"
        yield Finding(address=change.address, rule="service-without-tasks", reason=reason, kind=Kind.REMOVAL)


def _detached(change: Change, kind: Kind) -> Iterator[Finding]:
    """Yield a finding for a service that the load balancer no longer sends requests to."""
    old, new = (change.judged(after=after).get("load_balancer") for after in (False, True))
    if blocks(old) and new is not UNKNOWN and not blocks(new):
        reason = "takes the service off its target group: the load balancer no longer sends it requests"
        yield Finding(address=change.address, rule="service-detached", reason=reason, kind=kind)


def task_rights(changes: Sequence[Change]) -> Iterator[Finding]:
    """Yield a finding for each task definition whose tasks get rights on their host, or no longer log."""
    for change in changes:
        if change.type == TASK_DEFINITION and change.remains:
            old, new = (set(_rights(change, after=after)) for after in (False, True))
            for right in sorted(new - old):
                yield Finding(address=change.address, rule="tasks-privileged", reason=right, kind=Kind.EXPOSURE)
            old, new = (set(_silent(change, after=after)) for after in (False, True))
            if change.before is not None and new - old:
                reason = "a container no longer logs (logConfiguration)"
                yield Finding(address=change.address, rule="logging-removed", reason=reason, kind=Kind.PROTECTION)


def _rights(change: Change, *, after: bool) -> Iterator[str]:
    values = change.judged(after=after)
    for mode in ("pid_mode", "ipc_mode", "network_mode"):
        if values.get(mode) == _HOST:
            yield f"tasks share {mode.partition('_')[0]} with their host ({mode})"
    for volume in blocks(values.get("volume")):
        if volume.get("host_path"):
            yield f"tasks mount a folder of their host (volume {volume.get('name')})"
    is_hidden = isinstance((change.side(after=after) or {}).get("container_definitions"), Sensitive)
    for container in _containers(change, after=after):
        name = _SENSITIVE if is_hidden else container.get("name")
        if container.get("privileged") is True:
            yield f"container {name} is privileged"
        added = within(container, ("linuxParameters", "capabilities", "add"))
        if added:
            yield f"container {name} gets the capabilities {_SENSITIVE if is_hidden else ', '.join(map(str, added))}"


def _silent(change: Change, *, after: bool) -> Iterator[str]:
    """Yield the names of the containers without logs."""
    yield from (str(each.get("name")) for each in _containers(change, after=after) if not each.get("logConfiguration"))


def _containers(change: Change, *, after: bool) -> list[Mapping[str, Any]]:
    """Return the containers on one side, also sensitive ones; empty if they cannot be read."""
    text = change.judged(after=after).get("container_definitions")
    if after and text is UNKNOWN:
        text = change.template("container_definitions")
    try:
        return blocks(json.loads(text)) if isinstance(text, str) else []
    except ValueError:
        return []
