"""The programs, actions and checks of a plan beside its resources, and the accounts that it is for.

Format: https://developer.hashicorp.com/terraform/internals/json-format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.plan.addresses import without_keys

_PROVISIONED = ("create", "delete")
_COMMANDS = ("command", "inline", "script", "scripts", "program", "source")
_ACCOUNT = re.compile(r"arn:aws[a-z-]*:[\w-]+:[\w-]*:(\d{12}):")
_FAILED = ("fail", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A program or an action that Terraform runs."""

    address: str
    what: str
    """The kind of the program, such as a local-exec provisioner."""
    command: str | None
    """The command as the configuration has it; None if it is not a constant."""
    configuration: str
    """The type and the whole configuration as JSON, for a comparison; it may hold secrets and is never shown."""
    is_action: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCheck:
    """A check, precondition or postcondition that fails, with its messages."""

    address: str
    messages: tuple[str, ...]


def executions(document: Mapping[str, Any]) -> tuple[Execution, ...]:
    """Return the provisioners of resources that are created or destroyed, the external data sources and the actions."""
    configured = dict(_configured(document.get("configuration", {}).get("root_module", {}), ""))
    found = list(_external(configured))
    for entry in document.get("resource_changes", []):
        if any(action in _PROVISIONED for action in entry["change"]["actions"]):
            resource = configured.get(without_keys(entry["address"]), {})
            found += _provisioners(entry["address"], resource.get("provisioners", []))
    for name in ("action_invocations", "deferred_action_invocations"):
        for each in document.get(name) or []:
            invocation = each.get("action_invocation", each)
            what = f"an action of type {invocation.get('type')}"
            found.append(
                Execution(
                    address=str(invocation["address"]),
                    what=what,
                    command=None,
                    configuration=_text(invocation.get("type"), invocation.get("config_values")),
                    is_action=True,
                )
            )
    return tuple(found)


def _configured(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", []):
        yield f"{prefix}{resource['address']}", resource
    for name, call in module.get("module_calls", {}).items():
        yield from _configured(call.get("module", {}), f"{prefix}module.{name}.")


def _external(configured: Mapping[str, Mapping[str, Any]]) -> Iterator[Execution]:
    for address, resource in configured.items():
        if resource.get("mode") == "data" and resource.get("type") == "external":
            yield _program(address, "external", resource.get("expressions", {}), "an external data source")


def _provisioners(address: str, provisioners: Sequence[Mapping[str, Any]]) -> Iterator[Execution]:
    for each in provisioners:
        type_ = str(each.get("type"))
        yield _program(address, type_, each.get("expressions", {}), f"a {type_} provisioner")


def _program(address: str, type_: str, expressions: Mapping[str, Any], what: str) -> Execution:
    configuration = _text(type_, expressions)
    return Execution(address=address, what=what, command=_command(expressions), configuration=configuration)


def _text(type_: Any, configuration: Any) -> str:
    return json.dumps([type_, configuration], sort_keys=True)


def _command(expressions: Mapping[str, Any]) -> str | None:
    for name in _COMMANDS:
        value = expressions.get(name, {}).get("constant_value")
        if value is not None:
            return " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return None


def failed_checks(document: Mapping[str, Any]) -> tuple[FailedCheck, ...]:
    """Return every check whose result is a failure or an error."""
    return tuple(
        FailedCheck(
            address=str(each.get("address", {}).get("to_display")),
            messages=tuple(
                str(problem.get("message"))
                for instance in each.get("instances") or []
                for problem in instance.get("problems") or []
            ),
        )
        for each in document.get("checks") or []
        if each.get("status") in _FAILED
    )


def own_accounts(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the accounts of the providers, of the caller and of the plan's resources; empty if none is known."""
    found = set(_of_providers(document)) | set(_of_callers(document))
    for entry in document.get("resource_changes", []):
        for side in ("before", "after"):
            values = entry["change"].get(side)
            arn = values.get("arn") if isinstance(values, dict) else None
            match = _ACCOUNT.match(arn) if isinstance(arn, str) else None
            found |= {match[1]} if match is not None else set()
    return frozenset(found)


def _of_providers(document: Mapping[str, Any]) -> Iterator[str]:
    for provider in document.get("configuration", {}).get("provider_config", {}).values():
        expressions = provider.get("expressions", {})
        allowed = expressions.get("allowed_account_ids", {})
        values = allowed.get("constant_value") or []
        for reference in allowed.get("references", []):
            variable = document.get("variables", {}).get(reference.removeprefix("var."), {}).get("value")
            values = [*values, *(variable if isinstance(variable, list) else [variable])]
        yield from (each for each in values if isinstance(each, str))
        for role in expressions.get("assume_role") or []:
            match = _ACCOUNT.match(str(role.get("role_arn", {}).get("constant_value")))
            if match is not None:
                yield match[1]


def _of_callers(document: Mapping[str, Any]) -> Iterator[str]:
    module = document.get("prior_state", {}).get("values", {}).get("root_module", {})
    for resource in module.get("resources", []):
        if resource.get("type") == "aws_caller_identity":
            yield str(resource.get("values", {}).get("account_id"))
