"""The `moved` blocks of a stack: the former address of a resource -> its address now.

CDKTF's own `move_from_id` needs a `terraform` command during synthesis, so a stack has one element with all its blocks.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from colonnade.modules.provider import cdktf, constructs

_ID = "moved"


def move_from(resource: Any, *formers: tuple[Any, *tuple[str, ...]]) -> None:
    """Synthesize `moved` blocks for a resource. Each of `formers`, oldest first, is a scope and construct ids below it.

    Terraform renames the resource in its state instead of replacing it. A state without a former address is not
    changed. Terraform allows one former address per resource, so each former address moves to the next one.
    https://developer.hashicorp.com/terraform/language/block/moved
    """
    stack = cdktf.TerraformStack.of(resource)
    blocks = stack.node.try_find_child(_ID)
    if blocks is None:
        blocks = _MovedBlocks(stack)
    type_ = resource.terraform_resource_type
    names = [*(_logical_id(stack, *former) for former in formers), resource.friendly_unique_id]
    for former, now in pairwise(names):
        blocks.add(f"{type_}.{former}", f"{type_}.{now}")


def _logical_id(stack: Any, scope: Any, *ids: str) -> str:
    """Return the logical id of a resource that has the construct ids `ids` below `scope`."""
    former = scope
    for id_ in ids:
        former = constructs.Construct(former, id_)
    logical_id: str = stack.get_logical_id(former.node)
    scope.node.try_remove_child(ids[0])
    return logical_id


class _MovedBlocks(cdktf.TerraformElement):
    """All `moved` blocks of one stack."""

    def __init__(self, stack: Any) -> None:
        super().__init__(stack, _ID)
        self._moves: list[tuple[str, str]] = []

    def add(self, former: str, now: str) -> None:
        self._moves.append((former, now))

    def to_terraform(self) -> Any:
        """Return this element's part of the stack's JSON, for CDKTF."""
        return {"moved": [{"from": former, "to": now} for former, now in self._moves]}
