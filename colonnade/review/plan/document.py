"""The JSON of a saved plan: format version -> changes with sensitive and unknown values replaced -> `Plan`.

Format: https://developer.hashicorp.com/terraform/internals/json-format.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from colonnade.review.errors import PlanError, plan_errors
from colonnade.review.plan.addresses import without_keys
from colonnade.review.plan.configuration import Configuration, Declared
from colonnade.review.plan.executions import Execution, FailedCheck, executions, failed_checks, own_accounts
from colonnade.review.plan.json_source import parsed
from colonnade.review.plan.values import judged, redact

_FORMAT_MAJOR = "1"
_NODE = re.compile(r'"\[root\] ((?:[^"\\]|\\.)*?)(?: \((expand|destroy deposed|destroy)[^)]*\))?"')
_ESCAPED = re.compile(r"\\(.)")
_PRICED = ("aws_ecs_service", "aws_lb", "aws_nat_gateway", "aws_vpc_endpoint")


class Action(enum.Enum):
    """The action that Terraform plans for a resource; the value is its wording in the report."""

    NONE = "unchanged"
    READ = "read"
    CREATE = "added"
    UPDATE = "changed in place"
    REPLACE = "replaced"
    DESTROY = "destroyed"
    FORGET = "removed from the state only"


_ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("no-op",): Action.NONE,
    ("read",): Action.READ,
    ("create",): Action.CREATE,
    ("update",): Action.UPDATE,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("delete",): Action.DESTROY,
    ("forget",): Action.FORGET,
    ("create", "forget"): Action.REPLACE,
    ("forget", "create"): Action.REPLACE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One resource of the plan, changed or unchanged.

    Unknown values are `values.UNKNOWN`, sensitive values are `values.Sensitive`.
    """

    address: str
    type: str
    name: str
    """The resource's name: the construct ids and CDKTF's hash, joined by underscores."""
    action: Action
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    arguments: Mapping[str, Any]
    """The expressions in the configuration; empty for a resource that is no longer configured."""
    replace_paths: tuple[tuple[str | int, ...], ...] = ()
    """Paths of the values that force the replacement."""
    reason: str | None = None
    previous_address: str | None = None
    imported: bool = False
    deposed: bool = False
    """True for a deposed object: an earlier apply replaced it and failed to destroy it."""
    creates_first: bool = False
    """True for a replacement that creates the new object before it destroys the old one."""

    def side(self, *, after: bool) -> Mapping[str, Any] | None:
        """Return the values on one side of the plan; None if the resource does not exist there."""
        return self.after if after else self.before

    def judged(self, *, after: bool) -> Mapping[str, Any]:
        """Return the values on one side with the sensitive ones revealed, for a judgement; empty without that side."""
        values: Mapping[str, Any] = judged(self.side(after=after) or {})
        return values

    def template(self, argument: str) -> str | None:
        """Return the string in the configuration, with its `${…}`, for an argument that is not known yet; None if it is
        not a string.

        The plan contains this string only for configuration in JSON, as synthesis writes it.
        """
        expression = self.arguments.get(argument)
        value = expression.get("constant_value") if isinstance(expression, Mapping) else None
        return value if isinstance(value, str) else None

    @property
    def remains(self) -> bool:
        """True if the plan creates or changes the resource, and it exists after the plan."""
        is_changed = self.action not in (Action.NONE, Action.READ, Action.FORGET)
        return self.after is not None and is_changed and not self.deposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The managed resources of a plan, its drift, its changed outputs and its region."""

    changes: tuple[Change, ...]
    drifted: tuple[Change, ...]
    """Resources that were changed outside of Terraform since the last apply."""
    configuration: Configuration
    dependencies: Mapping[str, tuple[str, ...]]
    """The dependencies of each existing resource by the state: addresses without keys, by address."""
    changed_outputs: tuple[str, ...]
    region: str | None
    """The region of the resources that have a price; None if it is not known or there are several."""
    accounts: frozenset[str] = frozenset()
    """The accounts of the plan's own resources; empty if none is known."""
    executions: tuple[Execution, ...] = ()
    failed_checks: tuple[FailedCheck, ...] = ()
    graph: str | None = None
    """The output of `terraform graph -plan` for this plan, in DOT; None if only the plan's JSON is at hand."""


def read_plan(text: str, graph: str | None = None) -> Plan:
    """Return the plan in a JSON document. Raise PlanError if the document is not a complete plan."""
    return plan_of(parsed(text), graph)


def plan_of(document: Any, graph: str | None = None) -> Plan:
    """Return the plan in a parsed document, with its graph if there is one.

    Raise PlanError if the document is not a complete plan, or the graph is that of another plan.
    """
    _require_plan(document)
    with plan_errors():
        plan = _plan(document)
        if graph is not None:
            _require_graph_of(document, plan.configuration, graph)
    return replace(plan, graph=graph)


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the address and the kind of each operation, as the nodes of the graph have them."""
    for entry in filter(_managed, document.get("resource_changes", [])):
        actions = entry["change"]["actions"]
        if "create" in actions or "update" in actions:
            yield entry["address"], ""
        if "delete" in actions:
            yield entry["address"], "destroy deposed" if "deposed" in entry or "create" in actions[:1] else "destroy"


def _require_graph_of(document: Mapping[str, Any], configuration: Configuration, graph: str) -> None:
    """Raise PlanError for a graph with other operations than the plan: it does not have the order of this plan.

    Nothing distinguishes the graphs of two plans with the same operations on the same resources.
    """
    nodes = {(_ESCAPED.sub(r"\1", node), kind) for node, kind in _NODE.findall(graph)}
    operations = set(_operations(document))
    known = {entry["address"] for entry in document.get("resource_changes", [])}
    lacks = sorted(operations - nodes)
    others = sorted(
        (address, kind)
        for address, kind in nodes - operations
        if kind.startswith("destroy")
        or (not kind and address not in known and without_keys(address) in configuration.declared)
    )
    for found, verb in ((lacks, "lacks"), (others, "has")):
        for address, kind in found:
            raise PlanError(
                f"does not belong to this graph, which {verb} {address}{f' ({kind})' if kind else ''}; "
                "give the output of `terraform graph -plan=saved.plan` for the same plan"
            )


def _require_plan(document: Any) -> None:
    if not isinstance(document, dict) or "planned_values" not in document:
        if isinstance(document, dict) and "values" in document:
            raise PlanError(
                "is a state, not a plan; run `terraform plan -out saved.plan`, then `terraform show -json saved.plan`"
            )
        if isinstance(document, dict) and document.keys() <= {"format_version", "terraform_version"} and document:
            raise PlanError("is an empty state, not a plan; name the saved plan: `terraform show -json saved.plan`")
        raise PlanError("is not a plan; give the output of `terraform show -json saved.plan`")
    version = document.get("format_version")
    if not isinstance(version, str) or version.split(".")[0] != _FORMAT_MAJOR:
        raise PlanError(f"has format version {version!r}; the review supports {_FORMAT_MAJOR}.x")
    if document.get("errored") is True:
        raise PlanError("is a plan that ended in an error and lacks changes; run `terraform plan` again")
    if document.get("complete") is False or document.get("deferred_changes"):
        raise PlanError("is an incomplete plan (-target, or deferred changes); review a complete plan")


def _plan(document: Mapping[str, Any]) -> Plan:
    configuration = Configuration(document.get("configuration", {}).get("root_module", {}))
    declared = configuration.declared
    changes = tuple(_change(entry, declared) for entry in document.get("resource_changes", []) if _managed(entry))
    drifted = (_change(entry, declared) for entry in document.get("resource_drift", []) if _managed(entry))
    prior = document.get("prior_state", {}).get("values", {}).get("root_module", {})
    outputs = document.get("output_changes", {})
    return Plan(
        changes=changes,
        drifted=tuple(change for change in drifted if change.action is not Action.NONE),
        configuration=configuration,
        dependencies=dict(_dependencies(prior)),
        changed_outputs=tuple(sorted(name for name, change in outputs.items() if change["actions"] != ["no-op"])),
        region=_common(_region(document), changes),
        accounts=own_accounts(document),
        executions=executions(document),
        failed_checks=failed_checks(document),
    )


def _managed(entry: Mapping[str, Any]) -> bool:
    return str(entry["mode"]) == "managed"


def _dependencies(module: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for resource in module.get("resources", []):
        yield resource["address"], tuple(resource.get("depends_on", ()))
    for child in module.get("child_modules", []):
        yield from _dependencies(child)


def _change(entry: Mapping[str, Any], declared: Mapping[str, Declared]) -> Change:
    change = entry["change"]
    own = declared.get(without_keys(_string(entry["address"])))
    before, after = _values(change["before"]), _values(change["after"])
    return Change(
        address=_string(entry["address"]),
        type=_string(entry["type"]),
        name=_string(entry["name"]),
        action=_action(entry["address"], change["actions"]),
        before=redact(before, sensitive=_marks(before, change.get("before_sensitive"))) if before is not None else None,
        after=None if after is None else _after(change),
        arguments=own.expressions if own is not None else {},
        replace_paths=tuple(tuple(path) for path in change.get("replace_paths", [])),
        reason=entry.get("action_reason"),
        previous_address=entry.get("previous_address"),
        imported=change.get("importing") is not None,
        deposed="deposed" in entry,
        creates_first=change["actions"][:1] == ["create"] and len(change["actions"]) > 1,
    )


def _values(value: Any) -> dict[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise TypeError("the values of a resource are not an object")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("the address, type or name of a resource is not a string")
    return value


def _marks(values: Mapping[str, Any], sensitive: Any) -> Any:
    """Return the marks of a resource's values, also if all of them are sensitive."""
    return dict.fromkeys(values, True) if sensitive is True else sensitive or False


def _after(change: Mapping[str, Any]) -> Any:
    unknown, sensitive = change.get("after_unknown", False), _marks(change["after"], change.get("after_sensitive"))
    return redact(change["after"], sensitive=sensitive, unknown=unknown)


def _action(address: str, names: Sequence[str]) -> Action:
    action = _ACTIONS.get(tuple(names))
    if action is None:
        raise PlanError(
            f"has the unknown action {' and '.join(names)!r} for {address}; the review supports Terraform 1.x"
        )
    return action


def _region(document: Mapping[str, Any]) -> str | None:
    """Return the region of the default AWS provider, the one without an alias."""
    provider = document.get("configuration", {}).get("provider_config", {}).get("aws", {})
    expression = provider.get("expressions", {}).get("region", {})
    region = expression.get("constant_value")
    for reference in expression.get("references", []):
        variable = document.get("variables", {}).get(reference.removeprefix("var."), {})
        region = variable.get("value", region)
    return region if isinstance(region, str) and "${" not in region else None


def _common(declared: str | None, changes: Sequence[Change]) -> str | None:
    """Return the region of all resources that have a price; None if it is not known or there are several.

    Since version 6 of the provider, every resource has an argument `region`, which overrides that of the provider.
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support
    """
    sides = (side for each in changes if each.type in _PRICED for side in (each.before, each.after) if side is not None)
    regions = {side["region"] for side in sides if isinstance(side.get("region"), str)}
    found = regions if declared is None else regions | {declared}
    return found.pop() if len(found) == 1 else None
