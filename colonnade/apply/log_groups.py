"""Log groups that exist in AWS and not in the state: names in the stack -> DescribeLogGroups -> `import` blocks.

ECS creates the log group of Container Insights by itself, and protected log groups outlive their service. Terraform
would fail to create such a log group (ResourceAlreadyExistsException) after it has changed other resources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from colonnade.apply.identity import aws_errors
from colonnade.apply.operation import Operation, say

_TYPE = "aws_cloudwatch_log_group"
_FILE = "import_log_groups.tf.json"


@contextmanager
def adopted(operation: Operation) -> Iterator[None]:
    """Add `import` blocks for such log groups while the context is entered, so that plans import them and show it.

    Raises AwsError.

    A saved plan contains the `import` blocks: https://developer.hashicorp.com/terraform/language/import
    """
    wanted = _not_in_state(operation)
    with aws_errors():
        existing = _existing(operation, wanted)
    found = {address: name for address, name in wanted.items() if name in existing}
    for name in found.values():
        say(f"The log group {name} exists: the plan imports it")
    file = operation.stack.folder / _FILE
    file.write_text(json.dumps({"import": [{"to": address, "id": name} for address, name in found.items()]}))
    try:
        yield
    finally:
        file.unlink()


def _not_in_state(operation: Operation) -> dict[str, str]:
    """Return the names of the stack's log groups that Terraform would create, by address."""
    declared = operation.stack.document.get("resource", {}).get(_TYPE, {})
    if not declared:
        return {}
    state = operation.terraform.state(operation.stack.folder)
    resources = json.loads(state).get("resources", []) if state.strip() else []
    known = {each["name"] for each in resources if (each["mode"], each["type"]) == ("managed", _TYPE)}
    return {f"{_TYPE}.{id_}": str(values["name"]) for id_, values in declared.items() if id_ not in known}


def _existing(operation: Operation, wanted: Mapping[str, str]) -> frozenset[str]:
    """Return the names of existing log groups, read with one request for each common beginning of the wanted names."""
    folders = {f"{name.rpartition('/')[0]}/" for name in wanted.values()}
    pages: Any = operation.session.client("logs").get_paginator("describe_log_groups") if folders else None
    return frozenset(
        group["logGroupName"]
        for folder in sorted(folders)
        for page in pages.paginate(logGroupNamePrefix=folder)
        for group in page["logGroups"]
    )
