"""The state of a configuration as a file for Terraform, so that Terraform plans edits of what was never applied."""

from __future__ import annotations

from typing import Any

from tests.support.planner.configuration import Resource
from tests.support.planner.values import State, Values

_SCHEMA_VERSIONS = {
    "aws_default_security_group": 1,
    "aws_ecs_service": 1,
    "aws_ecs_task_definition": 1,
    "aws_route53_record": 2,
    "aws_s3_bucket_lifecycle_configuration": 1,
    "aws_security_group": 1,
    "aws_subnet": 1,
    "aws_vpc": 1,
}
"""The versions of the types' schemas in provider 5.100 that are not 0: `terraform providers schema -json`."""
_BUILT_IN = 'provider["terraform.io/builtin/terraform"]'
_AWS = 'provider["registry.terraform.io/hashicorp/aws"]'


def state_file(state: State) -> dict[str, Any]:
    """Return the content of a `terraform.tfstate` with every managed resource of a state."""
    resources = [_entry(state, each) for each in state.configuration.resources.values() if each.mode == "managed"]
    return {"version": 4, "serial": 1, "lineage": "planned", "outputs": {}, "resources": resources}


def _entry(state: State, resource: Resource) -> dict[str, Any]:
    built_in = resource.type == "terraform_data"
    instance = {
        "schema_version": _SCHEMA_VERSIONS.get(resource.type, 0),
        "attributes": _data(state.of(resource.address)) if built_in else state.of(resource.address),
        "dependencies": sorted(state.configuration.dependencies[resource.address]),
        "create_before_destroy": resource.address in state.configuration.created_first,
    }
    return {
        "mode": "managed",
        "type": resource.type,
        "name": resource.name,
        "provider": _BUILT_IN if built_in else _AWS,
        "instances": [instance],
    }


def _data(values: Values) -> dict[str, Any]:
    """Return the attributes of a `terraform_data`, whose values are stored with their types."""
    typed = {"value": values["input"], "type": _type(values["input"])}
    return {"id": values["id"], "input": typed, "output": typed, "triggers_replace": None}


def _type(value: Any) -> Any:
    if isinstance(value, dict):
        return ["object", {key: _type(each) for key, each in value.items()}]
    return ["tuple", [_type(each) for each in value]] if isinstance(value, list) else "string"
