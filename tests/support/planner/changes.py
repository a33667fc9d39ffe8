"""The change that Terraform would plan for each resource: state before + configuration after -> changes by address."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.planner.configuration import Configuration, Resource
from tests.support.planner.expressions import UNKNOWN, evaluated, unknown_in
from tests.support.planner.values import State, Values, applied, configured, type_of

Path = tuple[str | int, ...]
Actions = tuple[str, ...]

NO_OP: Actions = ("no-op",)
READ: Actions = ("read",)
CREATE: Actions = ("create",)
UPDATE: Actions = ("update",)
DELETE: Actions = ("delete",)
CREATE_FIRST: Actions = ("create", "delete")
DESTROY_FIRST: Actions = ("delete", "create")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """The planned change of one resource. Values that are known only after the apply are `UNKNOWN`."""

    address: str
    actions: Actions
    before: Values | None
    after: Values | None
    replace_paths: tuple[Path, ...] = ()
    previous_address: str | None = None


_NOT_COMPARED = frozenset({"timeouts"})
"""Settings of the provider itself: another value alone is no change."""


class Planner:
    """The changes from one configuration to another one of the same stack."""

    def __init__(self, before: State, after: Configuration) -> None:
        self.before, self.after = before, after
        self._former = _moves(before.configuration, after)
        self._planned: dict[str, PlannedChange] = {}

    @functools.cached_property
    def changes(self) -> Mapping[str, PlannedChange]:
        """Return the change of each resource and of each data source that is read during the apply, by address."""
        found = {address: self.of(address) for address in self.after.resources}
        gone = self.before.configuration.resources.keys() - {self._former.get(each, each) for each in found}
        for address in gone:
            if self.before.configuration.resources[address].mode == "managed":
                values = self.before.of(address)
                found[address] = PlannedChange(address=address, actions=DELETE, before=values, after=None)
        return {address: found[address] for address in sorted(found)}

    def of(self, address: str) -> PlannedChange:
        """Return the change of one resource or data source of the configuration after."""
        if address not in self._planned:
            resource = self.after.resources[address]
            arguments = evaluated(resource.arguments, self.value)
            change = self._read(resource, arguments) if resource.mode == "data" else self._change(resource, arguments)
            self._planned[address] = change
        return self._planned[address]

    def value(self, address: str, attribute: str) -> Any:
        """Return the planned value of an attribute."""
        after = self.of(address).after
        assert after is not None
        return after.get(attribute)

    def _read(self, resource: Resource, arguments: Values) -> PlannedChange:
        pending = [
            each for each in resource.depends_on if not each.startswith("data.") and self.of(each).actions != NO_OP
        ]
        if pending or unknown_in(arguments):
            after = {**arguments, **dict.fromkeys(type_of(resource).assigned, UNKNOWN)}
            return PlannedChange(address=resource.address, actions=READ, before=None, after=after)
        values = applied(resource, arguments, self.after)
        return PlannedChange(address=resource.address, actions=NO_OP, before=values, after=values)

    def _change(self, resource: Resource, arguments: Values) -> PlannedChange:
        wanted = configured(resource, arguments, self.after)
        former = self._former.get(resource.address, resource.address)
        if former not in self.before.configuration.resources:
            after = _new(resource, wanted)
            return PlannedChange(address=resource.address, actions=CREATE, before=None, after=after)
        before = self.before.of(former)
        updated = _updated(resource, wanted, before)
        changed = [path for path in differences(before, updated) if path[0] not in _NOT_COMPARED]
        forcing = tuple(each for path in changed for each in _forcing(resource, path, before, updated))
        # https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#replace_triggered_by
        triggered = any(self.of(each).actions not in (NO_OP, CREATE) for each in resource.triggers)
        if forcing or triggered:
            actions = CREATE_FIRST if resource.address in self.after.created_first else DESTROY_FIRST
            after = _new(resource, wanted)
        else:
            actions, after = UPDATE if changed else NO_OP, updated if changed else before
        return PlannedChange(
            address=resource.address,
            actions=actions,
            before=before,
            after=after,
            replace_paths=forcing,
            previous_address=former if former != resource.address else None,
        )


def _moves(before: Configuration, after: Configuration) -> Mapping[str, str]:
    """Return the address in the state of each resource that a `moved` block renames, by its address now."""
    names = {address: address for address in before.resources}
    for former, now in after.moved:
        if former in names and now not in names:
            names[now] = names.pop(former)
    return {now: former for now, former in names.items() if now != former}


def _new(resource: Resource, wanted: Values) -> Values:
    """Return the planned attributes of a new object: AWS has not assigned any yet."""
    assigned = {*type_of(resource).assigned, *(["domain_validation_options"] if "certificate" in resource.type else [])}
    return {**dict.fromkeys(assigned, UNKNOWN), **wanted}


def _updated(resource: Resource, wanted: Values, before: Values) -> Values:
    """Return the planned attributes of an existing object, if it is updated."""
    left_out = type_of(resource).kept - resource.arguments.keys()
    same = {name: before[name] for name in (*resource.ignored, *left_out) if name in before}
    return {**before, **wanted, **same}


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each value that differs. Lists of strings, and some lists of blocks, have no order."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), (*path, key))
    elif _blocks(before) and _blocks(after) and len(before) == len(after) and path[-1] not in _SETS:
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, (*path, number))
    elif _comparable(before) != _comparable(after):
        yield path


_SETS = frozenset({"capacity_provider_strategy", "condition", "load_balancer", "setting", "target_group", "volume"})
"""Blocks without an order: Terraform compares them as a whole."""


def _blocks(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _comparable(value: Any) -> Any:
    """Return a value with its lists in one order. No list of the table's arguments has an order that matters."""
    return (
        sorted(json.dumps(each, sort_keys=True, default=repr) for each in value) if isinstance(value, list) else value
    )


_PEERS = frozenset({"cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"})
_GROUP_RULES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")


def _forcing(resource: Resource, path: Path, before: Values, after: Values) -> Iterator[Path]:
    """Yield the paths that force a replacement if the value at a path differs."""
    if resource.type in _GROUP_RULES and path[0] in _PEERS:
        # `ModifyPlan` in the source of the type: another peer is an update, another type of peer is not.
        if any((before.get(each) is None) != (after.get(each) is None) for each in _PEERS):
            yield path
        return
    if resource.type == "aws_ecs_service" and path[0] == "capacity_provider_strategy":
        # `capacityProviderStrategyCustomizeDiff` in the source of the type; its page says so of the argument.
        if after.get("force_new_deployment") is not True:
            yield path
        return
    type_ = type_of(resource)
    argument = ".".join(str(each) for each in path if isinstance(each, str))
    inner = sorted(each for each in type_.forces | type_.updates if each.startswith(f"{argument}."))
    if not inner:
        if type_.forces_replacement(argument):
            yield path
        return
    forcing = [each.removeprefix(f"{argument}.") for each in inner if each in type_.forces]
    if forcing:  # a block that is added or removed
        yield path
    if path[-1] not in _SETS:
        yield from ((*path, *(part for name in each.split(".") for part in (0, name))) for each in forcing)
