"""The `moved` blocks of a stack: the former address of a resource -> its address now.

CDKTF's own `move_from_id` needs a `terraform` command during synthesis, so a stack has one element with all its blocks.
"""

from __future__ import annotations

from typing import Any

from colonnade.modules.provider import cdktf, constructs

_ID = "moved"


def move_from(resource: Any, scope: Any, *ids: str) -> None:
    """Synthesize a `moved` block for a resource that had the construct ids `ids` below `scope`.

    Terraform renames the resource in its state instead of replacing it. A state without the former address is not
    changed. https://developer.hashicorp.com/terraform/language/block/moved
    """
    stack = cdktf.TerraformStack.of(scope)
    blocks = stack.node.try_find_child(_ID)
    if blocks is None:
        blocks = _MovedBlocks(stack)
    former = scope
    for id_ in ids:
        former = constructs.Construct(former, id_)
    type_, logical_id = resource.terraform_resource_type, stack.get_logical_id(former.node)
    scope.node.try_remove_child(ids[0])
    blocks.add(f"{type_}.{logical_id}", f"{type_}.{resource.friendly_unique_id}")


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
