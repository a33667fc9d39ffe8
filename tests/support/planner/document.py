"""The document of a plan between two synthesized stacks, in the format of `terraform show -json`.

Format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.planner.changes import CREATE, DELETE, NO_OP, UPDATE, PlannedChange, Planner
from tests.support.planner.configuration import Configuration, Resource
from tests.support.planner.expressions import evaluated, known_part, references, unknown_part
from tests.support.planner.values import State

_PROVIDER = "registry.terraform.io/hashicorp/aws"


def plan_document(planner: Planner) -> dict[str, Any]:
    """Return the plan of a planned change."""
    before, after = planner.before, planner.after
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {},
        "resource_changes": [
            _entry(each, _resource(each.address, before, after))
            for each in planner.changes.values()
            if each.actions != NO_OP or not each.address.startswith("data.")
        ],
        "output_changes": _outputs(planner),
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": _prior(before)}}},
        "configuration": _configuration(after),
        "complete": True,
        "errored": False,
    }


def _resource(address: str, before: State, after: Configuration) -> Resource:
    return after.resources[address] if address in after.resources else before.configuration.resources[address]


def _entry(change: PlannedChange, resource: Resource) -> dict[str, Any]:
    reasons = {
        "action_reason": "delete_because_no_resource_config" if change.actions == DELETE else None,
        "previous_address": change.previous_address,
    }
    if change.replace_paths:
        reasons["action_reason"] = "replace_because_cannot_update"
    return {
        "address": change.address,
        "mode": resource.mode,
        "type": resource.type,
        "name": resource.name,
        "provider_name": _PROVIDER,
        "change": {
            "actions": list(change.actions),
            "before": change.before,
            "after": known_part(change.after),
            "after_unknown": {} if change.after is None else unknown_part(change.after),
            "before_sensitive": {},
            "after_sensitive": {},
            **({"replace_paths": [list(each) for each in change.replace_paths]} if change.replace_paths else {}),
        },
        **{key: value for key, value in reasons.items() if value is not None},
    }


def _outputs(planner: Planner) -> dict[str, Any]:
    before = planner.before
    formers = {
        name: evaluated(value, lambda address, attribute: before.of(address)[attribute])
        for name, value in before.configuration.outputs.items()
    }
    latter = {name: evaluated(value, planner.value) for name, value in planner.after.outputs.items()}
    return {name: _output(formers, latter, name) for name in sorted(formers.keys() | latter.keys())}


def _output(formers: Mapping[str, Any], latter: Mapping[str, Any], name: str) -> dict[str, Any]:
    if name not in formers or name not in latter:
        actions = CREATE if name in latter else DELETE
    else:
        actions = NO_OP if formers[name] == latter[name] else UPDATE
    return {
        "actions": list(actions),
        "before": formers.get(name),
        "after": known_part(latter.get(name)),
        "after_unknown": unknown_part(latter.get(name)),
        "before_sensitive": False,
        "after_sensitive": False,
    }


def _prior(before: State) -> list[dict[str, Any]]:
    configuration = before.configuration
    return [
        {
            "address": address,
            "mode": resource.mode,
            "type": resource.type,
            "name": resource.name,
            "provider_name": _PROVIDER,
            "values": before.of(address),
            "depends_on": sorted(configuration.dependencies[address]),
        }
        for address, resource in sorted(configuration.resources.items())
    ]


def _configuration(configuration: Configuration) -> dict[str, Any]:
    resources = [
        {
            "address": resource.address,
            "mode": resource.mode,
            "type": resource.type,
            "name": resource.name,
            "provider_config_key": resource.provider,
            "expressions": {key: _expression(value) for key, value in resource.arguments.items()},
            **({"depends_on": list(resource.depends_on)} if resource.depends_on else {}),
        }
        for _, resource in sorted(configuration.resources.items())
    ]
    providers = {
        ".".join(filter(None, ("aws", each.get("alias")))): {
            "name": "aws",
            "full_name": _PROVIDER,
            "expressions": {"region": {"constant_value": each["region"]}},
        }
        for each in configuration.providers
    }
    return {"provider_config": providers, "root_module": {"resources": resources}}


def _expression(value: Any) -> Any:
    """Return an argument as Terraform shows it: nested blocks by argument, everything else as one expression."""
    if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        return [{key: _expression(inner) for key, inner in each.items()} for each in value]
    found = list(references(value))
    return {"constant_value": value, **({"references": found} if found else {})}
