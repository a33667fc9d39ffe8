"""The action of a listener or listener rule: its type, and the target groups that it forwards to.

The provider keeps the block of a former type in the plan. So the type decides which block applies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from colonnade.review.plan.document import Change
from colonnade.review.plan.values import UNKNOWN, blocks

Path = tuple[str | int, ...]

_BLOCKS = {"fixed_response": "fixed-response", "redirect": "redirect"}


def actions(change: Change, argument: str, *, after: bool) -> Sequence[Any]:
    """Return the actions on one side, in order; empty if there are none or the list is not known."""
    found = (change.side(after=after) or {}).get(argument)
    return found if isinstance(found, list) else ()


def action_type(action: Mapping[str, Any]) -> str | None:
    """Return the type of an action: forward, redirect, fixed-response or an authentication; None if it is not known."""
    type_ = action.get("type")
    if type_ is UNKNOWN:
        return None
    if isinstance(type_, str) and type_:
        return type_
    return next((name for block, name in _BLOCKS.items() if blocks(action.get(block))), "forward")


def forwarded(change: Change, argument: str, *, after: bool) -> tuple[tuple[Path, int], ...]:
    """Return the path and the weight of each target group of the last action; empty unless it forwards.

    The actions before the last one only authenticate.
    """
    found = actions(change, argument, after=after)
    last = found[-1] if found else None
    if not isinstance(last, Mapping) or action_type(last) != "forward":
        return ()
    place: Path = (argument, len(found) - 1)
    forward = blocks(last.get("forward"))
    groups = blocks(forward[0].get("target_group")) if forward else []
    if not forward or _is_declared_by_arn(change, place, last, after=after):
        return (((*place, "target_group_arn"), 1),)
    weights = [group["weight"] if isinstance(group.get("weight"), int) else 1 for group in groups]
    return tuple(((*place, "forward", 0, "target_group", n, "arn"), weight) for n, weight in enumerate(weights))


def _is_declared_by_arn(change: Change, place: Path, action: Mapping[str, Any], *, after: bool) -> bool:
    """Return True if the plan has a former forward block beside the target group that the configuration names."""
    declared = blocks(change.arguments.get(str(place[0])))
    own = declared[int(place[1])] if int(place[1]) < len(declared) else {}
    return after and bool(action.get("target_group_arn")) and "target_group_arn" in own and "forward" not in own
