"""A table, in plain text, of the rules of a deployment's listeners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.model.deployment.declaration import FixedResponse
from colonnade.model.resolved import Resolved
from colonnade.model.routing.listener_rules import ListenerRule, Redirect
from colonnade.model.routing.rule_action import OwnersAction
from colonnade.routes.listeners import Listener, listeners
from colonnade.routes.wording import answer_text, heading, percents, priority_text, rules_of_others, target_text

_COLUMNS = ("Priority", "Host", "Path", "Action", "Weight", "Service", "Target")
_ANY = "any"

_Row = tuple[str, ...]


def rule_table(deployment: Resolved) -> str:
    """Return the listeners by port, each with its rules in order of evaluation; one line for each target group."""
    blocks = (_listener_block(each, deployment) for each in listeners(deployment))
    return "\n\n".join([heading(deployment), *blocks])


def _listener_block(listener: Listener, deployment: Resolved) -> str:
    rows = [row for rule in listener.rules for row in _rows(rule, deployment)]
    others = (f"  {line}" for line in rules_of_others(deployment))
    return "\n".join([f"Port {listener.port}, {listener.protocol}", *_aligned(rows), *others])


def _rows(rule: ListenerRule, deployment: Resolved) -> Iterator[_Row]:
    hosts, paths = ", ".join(rule.host_patterns) or _ANY, ", ".join(rule.path_patterns) or _ANY
    if isinstance(rule.action, FixedResponse | Redirect | OwnersAction):
        yield (priority_text(rule), hosts, paths, answer_text(rule.action))
        return
    start: _Row = (priority_text(rule), hosts, paths, "forward")
    for service, percent in percents(rule.action).items():
        yield (*start, f"{percent:3} %", service, target_text(deployment, service))
        start = ("", "", "", "")


def _aligned(rows: Iterable[_Row]) -> Iterator[str]:
    """Yield the headings and the rows; an action in the last cell does not widen its column."""
    found = list(rows)
    full = [row for row in found if len(row) == len(_COLUMNS)]
    columns = _COLUMNS if full else _COLUMNS[:4]
    widths = [
        max(len(row[place]) for row in (columns, *(full if columns[place] == "Action" else found)) if place < len(row))
        for place in range(len(columns))
    ]
    for row in (columns, *found):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        yield f"  {'  '.join(cells).rstrip()}"
