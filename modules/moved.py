"""A `moved` block: the former address of a resource -> its address now."""

from __future__ import annotations

from typing import Any

from colonnade.modules.provider import cdktf, constructs


def move_from(resource: Any, scope: Any, *ids: str) -> None:
    """Synthesize a `moved` block for a resource that had the construct ids `ids` below `scope`.

    Terraform renames the resource in its state instead of replacing it. A state without the former address is not
    changed. https://developer.hashicorp.com/terraform/language/block/moved
    """
    former = scope
    for id_ in ids:
        former = constructs.Construct(former, id_)
    logical_id = cdktf.TerraformStack.of(scope).get_logical_id(former.node)
    scope.node.try_remove_child(ids[0])
    resource.move_from_id(f"{resource.terraform_resource_type}.{logical_id}")
