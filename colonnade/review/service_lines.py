"""What becomes of each service, as Markdown: one line in sight, and a line per resource with what causes its change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from colonnade.review.attributes import Difference, differences, is_noise
from colonnade.review.directory import SHARED, Directory
from colonnade.review.markdown import code, counted, plain
from colonnade.review.plan_document import Action, Change, Plan
from colonnade.review.task_definitions import TYPE as TASK_DEFINITION
from colonnade.review.task_definitions import container_ports, containers, is_revision, short_image
from colonnade.review.task_definitions import differences as task_differences
from colonnade.review.values import UNKNOWN, is_known

_ELSEWHERE = (
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_security_group_rule",
    "aws_iam_role_policy",
    "aws_lb_listener_rule",
    "aws_alb_listener_rule",
)
"""Kinds that have a line of their own in the summary."""
_MOST_FACTS = 4
_RECORDS = ("terraform_data", "null_resource")


def service_summaries(changes: Sequence[Change], directory: Directory) -> Iterator[str]:
    """One line for each service of which something changes, then one for what all share."""
    for name in (*sorted(directory.services), SHARED):
        own = [change for change in _told(changes) if directory.service(change) == name]
        if own:
            line = _summary(name, own, directory)
            if line:
                yield f"**{plain(name)}** {line}"


def _told(changes: Sequence[Change]) -> list[Change]:
    return [change for change in changes if change.action not in (Action.NONE, Action.READ) and not is_noise(change)]


def _summary(name: str, own: Sequence[Change], directory: Directory) -> str:
    service = next((change for change in own if change.type == "aws_ecs_service"), None)
    if name != SHARED and service is not None and service.action in (Action.CREATE, Action.DESTROY):
        word = "new" if service.action is Action.CREATE else "removed"
        facts = list(_size(own, after=service.action is Action.CREATE))
        return f"{word}: {', '.join([*facts, counted(len(own), 'resource')])}"
    # What changes for its own sake comes before what also follows from something else.
    facts = [fact for change in sorted(own, key=_follows) for fact in _facts(change, directory)]
    more = len(facts) - _MOST_FACTS
    parts = [*facts[:_MOST_FACTS], *([f"{more} more below"] if more > 0 else [])]
    for words, chosen in (
        ("adds", [change for change in own if _comes_or_goes(change, Action.CREATE)]),
        ("**destroys**", [change for change in own if _comes_or_goes(change, Action.DESTROY)]),
        ("**replaces** what hangs on something new:", [change for change in own if _only_follows(change)]),
    ):
        if chosen:
            parts.append(f"{words} {_named([plain(directory.label(change)) for change in chosen])}")
    return "; ".join(parts)


def _comes_or_goes(change: Change, action: Action) -> bool:
    return change.action is action and change.type not in (*_ELSEWHERE, *_RECORDS)


def _named(labels: Sequence[str]) -> str:
    more = len(labels) - _MOST_FACTS
    return ", ".join(labels[:_MOST_FACTS]) + (f" and {more} more" if more > 0 else "")


def _only_follows(change: Change) -> bool:
    """Whether a resource is replaced for nothing but that another one is."""
    if change.action is not Action.REPLACE or change.type in (*_ELSEWHERE, TASK_DEFINITION):
        return False
    causes = [each for each in differences(change) if each.replaces]
    return bool(causes) and all(each.after is UNKNOWN for each in causes)


def _follows(change: Change) -> bool:
    return any(each.replaces and each.after is UNKNOWN for each in differences(change))


def _size(own: Sequence[Change], *, after: bool) -> Iterator[str]:
    """How a service that comes or goes is made: tasks, size, image."""
    by_type = {change.type: change for change in own}
    service, definition = by_type.get("aws_ecs_service"), by_type.get(TASK_DEFINITION)
    count = (service.side(after=after) or {}).get("desired_count") if service is not None else None
    if definition is not None and count is not None:
        values = definition.side(after=after) or {}
        yield f"{counted(count, 'task')} of {values.get('cpu')} CPU units and {values.get('memory')} MiB"
        found = containers(definition, after=after)
        yield from (f"image {code(short_image(str(each.get('image'))))}" for each in found)
        ports = [port for each in found for port in container_ports(each)]
        yield from ([f"port {', '.join(ports)}"] if ports else [])


def _facts(change: Change, directory: Directory) -> Iterator[str]:
    """What is worth a word in the summary."""
    if change.type in (*_ELSEWHERE, *_RECORDS) or _only_follows(change):
        return
    label = plain(directory.label(change))
    if change.type == TASK_DEFINITION and change.action in (Action.REPLACE, Action.UPDATE):
        if change.action is Action.REPLACE and not is_revision(change):
            yield "**replaces** task definition, whose former revision is deregistered"
        yield from task_differences(change)
    elif change.action is Action.REPLACE:
        causes = [_worded(change, each, directory) for each in differences(change) if each.replaces]
        yield f"**replaces** {label} ({', '.join(causes) if causes else _reason(change)})"
    elif change.action is Action.UPDATE:
        found = [each for each in differences(change) if each.after is not UNKNOWN and each.path[0] != "default_action"]
        yield from (f"{label}: {_worded(change, each, directory)}" for each in found)
    elif change.action is Action.FORGET:
        yield f"{label} is {change.action.value}"


def _worded(change: Change, difference: Difference, directory: Directory) -> str:
    name = code(difference.name)
    if difference.after is not UNKNOWN:
        return f"{name} {_values(difference, directory)}"
    named = directory.referred(change, difference.path, after=True)
    return f"{name} → {f'the new {plain(directory.full_label(named))}' if named is not None else 'known after apply'}"


def _values(difference: Difference, directory: Directory) -> str:
    """Old and new; where both are ids of resources, what these are called."""
    sides = (difference.before, difference.after)
    named = [directory.identified(value) for value in sides]
    words = [
        plain(directory.full_label(resource)) if all(named) and resource is not None else _value(value)
        for resource, value in zip(named, sides, strict=True)
    ]
    return " → ".join(words)


def _value(value: Any) -> str:
    if not is_known(value):
        return repr(value)
    return "none" if value is None else code(value)


def service_lines(plan: Plan, directory: Directory) -> Iterator[str]:
    """Every change, service by service, then what is folded away as noise."""
    told = _told(plan.changes)
    for name in (*sorted(directory.services), SHARED):
        own = [change for change in told if directory.service(change) == name]
        if own:
            yield f"**{plain(name)}**"
            yield ""
            for change in sorted(own, key=lambda each: (list(Action).index(each.action), each.address)):
                yield from _lines(change, directory)
            yield ""
    moved = [change for change in plan.changes if change.previous_address is not None]
    yield from (f"- moved: {code(change.previous_address)} → {code(change.address)}" for change in moved)
    imported = [change for change in plan.changes if change.imported]
    yield from (f"- imported: {code(change.address)}" for change in imported)
    noise = [change for change in plan.changes if is_noise(change)]
    if noise:
        yield f"- tags or computed values alone: {', '.join(code(change.address) for change in noise)}"
    if plan.changed_outputs:
        yield f"- outputs that change: {', '.join(code(name) for name in plan.changed_outputs)}"


def _lines(change: Change, directory: Directory) -> Iterator[str]:
    action = "new revision of" if is_revision(change) else change.action.value
    deposed = ", an object that was replaced before" if change.deposed else ""
    yield f"- {action} {plain(directory.label(change))} {code(change.address)}{deposed}{_because(change)}"
    if change.type == TASK_DEFINITION:
        if change.action is Action.REPLACE:
            yield from (f"  - {line}" for line in task_differences(change))
        return
    for each in differences(change):
        cause = " (forces the replacement)" if each.replaces else ""
        yield f"  - {_worded(change, each, directory)}{cause}"


def _because(change: Change) -> str:
    if change.reason is None or change.action is not Action.REPLACE or change.replace_paths:
        return ""
    return f": {_reason(change)}"


def _reason(change: Change) -> str:
    """Terraform's own word for why, as prose: 'replace because tainted'."""
    return (change.reason or "for a reason that the plan does not tell").replace("_", " ")
