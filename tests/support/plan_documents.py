"""Plan documents of a few lines, for cases that real plans do not contain: wrong formats, rare actions, unusual values.

Other cases are tested with real plans: tests/support/plans.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from colonnade.review.analysis.analysis import analyze
from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judgement import interruptions
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.addresses import without_keys
from colonnade.review.plan.document import Change, read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.verdict import judge


def document(*changes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a plan with these resource changes, in region eu-west-1."""
    resources = [change["configuration"] for change in changes if "configuration" in change]
    provider = {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-west-1"}}}}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {},
        "resource_changes": list(changes),
        "configuration": {"provider_config": provider, "root_module": {"resources": resources}},
        "complete": True,
        "errored": False,
        **fields,
    }


def text(*changes: dict[str, Any], **fields: Any) -> str:
    """Return the JSON string of a plan with these resource changes."""
    return json.dumps(document(*changes, **fields))


def change(
    address: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    *,
    actions: Sequence[str] | None = None,
    unknown: Any = False,
    sensitive: Any = False,
    expressions: dict[str, Any] | None = None,
    replace_paths: Sequence[Sequence[Any]] = (),
    **fields: Any,
) -> dict[str, Any]:
    """Return an entry of `resource_changes`; its actions follow from the two sides unless given."""
    type_, name = without_keys(address).split(".")[-2:]
    entry = {
        "address": address,
        "mode": "managed",
        "type": type_,
        "name": name,
        "change": {
            "actions": list(actions) if actions is not None else _actions(before, after),
            "before": before,
            "after": after,
            "after_unknown": unknown,
            "before_sensitive": sensitive,
            "after_sensitive": sensitive,
            **({"replace_paths": [list(path) for path in replace_paths]} if replace_paths else {}),
        },
        **fields,
    }
    if expressions is not None:
        entry["configuration"] = {"address": f"{type_}.{name}", "type": type_, "expressions": expressions}
    return entry


def changes(*entries: dict[str, Any], **fields: Any) -> tuple[Change, ...]:
    """Return the changes as the review reads them."""
    return read_plan(text(*entries, **fields)).changes


def review(*entries: dict[str, Any], **fields: Any) -> str:
    """Return the review of a plan with these resource changes as Markdown."""
    analysis = analyze(read_plan(text(*entries, **fields)))
    return markdown(analysis, judge(analysis))


def interrupted(*entries: dict[str, Any], order: str | None = "") -> tuple[Interruption, ...]:
    """Return what an apply of these resource changes interrupts.

    `order` has the edges of the plan's graph: pairs 'LATER -> EARLIER' with commas between them; None if no graph is at
    hand.
    """
    plan = read_plan(text(*entries))
    graph = None if order is None else "\n".join(["digraph {}", *map(_edge, filter(None, order.split(",")))])
    return interruptions(plan, ResourceIndex(plan.changes, plan.configuration), graph).found


def _edge(pair: str) -> str:
    return " -> ".join(f'"[root] {node.strip()}"' for node in pair.split("->"))


def _actions(before: Any, after: Any) -> list[str]:
    if before == after:
        return ["no-op"]
    if before is None:
        return ["create"]
    return ["delete"] if after is None else ["update"]
