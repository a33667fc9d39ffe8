"""The changes of each service, as Markdown: one line of summary, and one line for each resource with the cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.review.analysis.analysis import Analysis
from colonnade.review.analysis.attributes import Difference
from colonnade.review.analysis.resource_changes import ResourceChange
from colonnade.review.analysis.task_definitions import TYPE as TASK_DEFINITION
from colonnade.review.analysis.task_definitions import container_ports, containers
from colonnade.review.markdown.revision_lines import revision_line, short_image
from colonnade.review.markdown.text import changed_at, code, counted, listed, plain
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import SHARED, ResourceIndex
from colonnade.review.plan.values import UNKNOWN

_SUMMARIZED_SEPARATELY = (
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_security_group_rule",
    "aws_iam_role_policy",
    "aws_lb_listener_rule",
    "aws_alb_listener_rule",
)
"""The resource types that the summary reports in lines of their own: paths, security groups, IAM."""
_MOST_FACTS = 4
_RECORDS = ("terraform_data", "null_resource")


def service_summaries(analysis: Analysis) -> Iterator[str]:
    """Yield one line for each service that changes, then one for shared resources."""
    for name, own in _by_service(analysis):
        line = _summary(name, own, analysis.index)
        if line:
            yield f"**{plain(name)}** {line}"


def service_lines(analysis: Analysis) -> Iterator[str]:
    """Yield the changes of each service, then moves, imports, changes of tags or computed values only, and outputs."""
    plan = analysis.plan
    for name, own in _by_service(analysis):
        yield f"**{plain(name)}**"
        yield ""
        for each in sorted(own, key=lambda each: (list(Action).index(each.change.action), each.change.address)):
            yield from _lines(each, analysis.index)
        yield ""
    moved = [change for change in plan.changes if change.previous_address is not None]
    yield from (f"- moved: {code(change.previous_address)} → {code(change.address)}" for change in moved)
    imported = [change for change in plan.changes if change.imported]
    yield from (f"- imported: {code(change.address)}" for change in imported)
    noise = [each.change for each in analysis.resources if each.is_noise]
    if noise:
        yield f"- only tags or computed values: {', '.join(code(change.address) for change in noise)}"
    if plan.changed_outputs:
        yield f"- outputs that change: {', '.join(code(name) for name in plan.changed_outputs)}"


def _by_service(analysis: Analysis) -> Iterator[tuple[str, list[ResourceChange]]]:
    by_service: dict[str, list[ResourceChange]] = {}
    for each in analysis.resources:
        if not each.is_noise:
            by_service.setdefault(each.service, []).append(each)
    yield from ((name, by_service[name]) for name in sorted(by_service, key=lambda name: (name == SHARED, name)))


def _summary(name: str, own: Sequence[ResourceChange], index: ResourceIndex) -> str:
    service = next((each.change for each in own if each.change.type == "aws_ecs_service"), None)
    if name != SHARED and service is not None and service.action in (Action.CREATE, Action.DESTROY):
        state = "new" if service.action is Action.CREATE else "removed"
        facts = list(_size(own, after=service.action is Action.CREATE))
        return f"{state}: {', '.join([*facts, counted(len(own), 'resource')])}"
    # Changes that follow from the replacement of another resource come last.
    facts = [fact for each in sorted(own, key=lambda each: each.follows) for fact in _facts(each, index)]
    more = len(facts) - _MOST_FACTS
    parts = [*facts[:_MOST_FACTS], *([f"{more} more below"] if more > 0 else [])]
    for verb, chosen in (
        ("adds", [each for each in own if _is_reported(each.change, Action.CREATE)]),
        ("**destroys**", [each for each in own if _is_reported(each.change, Action.DESTROY)]),
        ("**replaces** dependents of replaced resources:", [each for each in own if _only_follows(each)]),
    ):
        if chosen:
            parts.append(f"{verb} {listed([plain(index.label(each.change)) for each in chosen], _MOST_FACTS)}")
    return "; ".join(parts)


def _is_reported(change: Change, action: Action) -> bool:
    return change.action is action and change.type not in (*_SUMMARIZED_SEPARATELY, *_RECORDS)


def _only_follows(each: ResourceChange) -> bool:
    return each.only_follows and each.change.type not in (*_SUMMARIZED_SEPARATELY, TASK_DEFINITION)


def _size(own: Sequence[ResourceChange], *, after: bool) -> Iterator[str]:
    """Yield the tasks, size, image and port of a service that is added or removed."""
    by_type = {each.change.type: each.change for each in own}
    service, definition = by_type.get("aws_ecs_service"), by_type.get(TASK_DEFINITION)
    count = (service.side(after=after) or {}).get("desired_count") if service is not None else None
    if definition is not None and count is not None:
        values = definition.side(after=after) or {}
        size = f"{values.get('cpu')} CPU units and {values.get('memory')} MiB"
        yield plain(f"{counted(count, 'task')} of {size}")
        found = containers(definition, after=after)
        yield from (f"image {code(short_image(str(each.get('image'))))}" for each in found)
        ports = [port for each in found for port in container_ports(each)]
        yield from ([f"port {plain(', '.join(ports))}"] if ports else [])


def _facts(each: ResourceChange, index: ResourceIndex) -> Iterator[str]:
    """Yield the facts about a resource's change that the summary reports."""
    change = each.change
    if change.type in (*_SUMMARIZED_SEPARATELY, *_RECORDS) or _only_follows(each):
        return
    label = plain(index.label(change))
    if each.change.type == TASK_DEFINITION and change.action in (Action.REPLACE, Action.UPDATE):
        if change.action is Action.REPLACE and not each.is_revision:
            yield "**replaces** task definition, whose former revision is deregistered"
        yield from map(revision_line, each.revision)
    elif change.action is Action.REPLACE:
        causes = [_description(change, cause, index) for cause in each.causes]
        yield f"**replaces** {label} ({', '.join(causes) if causes else _reason(change)})"
    elif change.action is Action.UPDATE:
        found = [one for one in each.differences if one.after is not UNKNOWN and one.path[0] != "default_action"]
        yield from (f"{label}: {_description(change, one, index)}" for one in found)
    elif change.action is Action.FORGET:
        yield f"{label} is {change.action.value}"


def _lines(each: ResourceChange, index: ResourceIndex) -> Iterator[str]:
    change = each.change
    action = "new revision of" if each.is_revision else change.action.value
    deposed = ", a deposed object" if change.deposed else ""
    yield f"- {action} {plain(index.label(change))} {code(change.address)}{deposed}{_because(change)}"
    if change.type == TASK_DEFINITION:
        if change.action in (Action.REPLACE, Action.UPDATE):
            yield from (f"  - {revision_line(difference)}" for difference in each.revision)
        return
    for difference in each.differences:
        cause = " (forces the replacement)" if difference.replaces else ""
        yield f"  - {_description(change, difference, index)}{cause}"


def _description(change: Change, difference: Difference, index: ResourceIndex) -> str:
    name = code(difference.name)
    if difference.after is not UNKNOWN:
        return f"{name} {_values(difference, index)}"
    named = index.referred(change, difference.path, after=True)
    return f"{name} → {f'the new {plain(index.full_label(named))}' if named is not None else 'known after apply'}"


def _values(difference: Difference, index: ResourceIndex) -> str:
    """Return the old and new value, or the labels of two resources if both values are ids of resources."""
    sides = (difference.before, difference.after)
    named = [index.identified(value) for value in sides]
    if all(named):
        return " → ".join(plain(index.full_label(resource)) for resource in named if resource is not None)
    return changed_at(difference.path, *sides)


def _because(change: Change) -> str:
    if change.reason is None or change.action is not Action.REPLACE or change.replace_paths:
        return ""
    return f": {_reason(change)}"


def _reason(change: Change) -> str:
    """Return Terraform's reason in words, such as 'replace because tainted'."""
    return plain((change.reason or "the plan gives no reason").replace("_", " "))
