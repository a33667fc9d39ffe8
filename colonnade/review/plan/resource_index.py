"""An index of the resources of a plan: the service and the label of a resource, and the resource that has an id.

It relies on the project's construct ids (`{service}_service_…`, `{service}_tasks_…`, `namespace_{service}_…`), which
tests/stacks/addresses keeps stable.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from colonnade.review.plan.addresses import Address, parse
from colonnade.review.plan.configuration import Configuration, Instances
from colonnade.review.plan.document import Change
from colonnade.review.plan.listener_actions import forwarded
from colonnade.review.plan.values import UNKNOWN

SERVICE = "aws_ecs_service"
BALANCERS = ("aws_lb", "aws_alb")
LISTENERS = ("aws_lb_listener", "aws_alb_listener")
LISTENER_RULES = ("aws_lb_listener_rule", "aws_alb_listener_rule")
TASK_GROUPS: Path = ("network_configuration", 0, "security_groups")
TASK_SUBNETS: Path = ("network_configuration", 0, "subnets")
"""The places of the security groups and the subnets of tasks in their ECS service."""
SHARED = "shared"
"""The service name of resources that belong to no single service."""

_HASH = re.compile(r"_[0-9A-F]{8}$")
_IDENTIFIERS = ("id", "arn")
_OMITTED = frozenset({"this", "service", "tasks", "roles", "namespace", "network"})
_KINDS: Mapping[str, str] = {
    "aws_acm_certificate": "certificate",
    "aws_acm_certificate_validation": "certificate validation",
    "aws_cloudwatch_log_group": "log group",
    "aws_ec2_managed_prefix_list": "prefix list",
    "aws_ec2_managed_prefix_list_entry": "prefix list entry",
    "aws_ecs_service": "ECS service",
    "aws_iam_role": "role",
    "aws_iam_role_policy": "policy",
    "aws_iam_role_policy_attachment": "policy attachment",
    "aws_lb": "load balancer",
    "aws_nat_gateway": "NAT gateway",
    "aws_route53_record": "DNS record",
    "aws_service_discovery_private_dns_namespace": "namespace",
    "aws_service_discovery_service": "discovery service",
    "aws_vpc": "VPC",
    "aws_vpc_endpoint": "VPC endpoint",
    "aws_vpc_security_group_egress_rule": "egress rule",
    "aws_vpc_security_group_ingress_rule": "ingress rule",
}
"""Labels of resource types for which the type's name is too long or too short."""

Path = tuple[str | int, ...]


def is_declared(address: str) -> bool:
    """Return True if the address is a construct id, so a declaration of this project has the resource.

    The steps for other Terraform name its own arguments.
    """
    return _HASH.search(parse(address).name) is not None


class ResourceIndex:
    """The resources of one plan, by address and by identifier."""

    def __init__(self, changes: Sequence[Change], configuration: Configuration | None = None) -> None:
        self._configuration = configuration if configuration is not None else Configuration({})
        self._by_address = {change.address: change for change in changes if not change.deposed}
        self._instances = Instances(self._by_address)
        self._by_identifier = dict(_identifiers(changes))
        self._names = _service_names(change.address for change in changes if change.type == SERVICE)
        self._services = frozenset(self._names.values())
        self._owners: dict[tuple[str, bool], str] = {}
        self._by_id = _grouped((a.module, _service_of_id(a.name), name) for a, name in self._parsed())
        self._by_module = _grouped((a.module, "", name) for a, name in self._parsed() if a.module)
        self._by_key = _grouped(("", a.key, name) for a, name in self._parsed() if a.key is not None)

    def _parsed(self) -> Iterator[tuple[Address, str]]:
        yield from ((parse(address), name) for address, name in self._names.items())

    @property
    def services(self) -> frozenset[str]:
        """The names of all services before and after the plan."""
        return self._services

    def service(self, change: Change) -> str:
        """Return the service that a resource belongs to, or SHARED.

        A listener rule belongs to the only service that it sends requests to.
        """
        key = (change.address, change.deposed)
        if key not in self._owners:
            self._owners[key] = self._owner(change)
        return self._owners[key]

    def _owner(self, change: Change) -> str:
        if change.type in LISTENER_RULES:
            served = {self._named(group) for group in self._target_groups(change)}
            return served.pop() if len(served) == 1 else SHARED
        return self._named(change)

    def _named(self, change: Change) -> str:
        """Return the service that the address belongs to, or SHARED.

        The service has the same key, or the resource's construct id starts with its name, or their module has one
        service only.
        """
        address = parse(change.address)
        if change.address in self._names:
            return self._names[change.address]
        same_key = self._by_key.get(("", address.key or ""), frozenset())
        parts = change.name.removeprefix("namespace_").split("_")
        for end in range(len(parts), 0, -1):
            named = self._by_id.get((address.module, "_".join(parts[:end])), frozenset())
            found = named if len(named) == 1 else named & same_key
            if len(found) == 1:
                return min(found)
        around = self._by_module.get((address.module, ""), frozenset())
        found = around if len(around) == 1 else same_key
        return min(found) if len(found) == 1 else SHARED

    def _target_groups(self, rule: Change) -> Iterator[Change]:
        """Yield the target groups to which a listener rule sends requests, after the plan if it still exists."""
        after = rule.after is not None
        groups = forwarded(rule, "action", after=after)
        for path, weight in groups:
            group = self.referred(rule, path, after=after) if weight or len(groups) == 1 else None
            if group is not None:
                yield group

    def label(self, change: Change) -> str:
        """Return the label of a resource within its service, such as 'listener rule' or 'egress rule to orders'."""
        kind = self.kind(change)
        kind_words = kind.lower().split()
        ids = _HASH.sub("", change.name).split("_")
        own = [
            word
            for word in ids
            if word not in {*_OMITTED, *kind_words, self.service(change)}
            and f"{word}s" not in kind_words
            and word.removesuffix("s") not in kind_words
        ]
        return " ".join([kind, *dict.fromkeys(own)])

    @staticmethod
    def kind(change: Change) -> str:
        """Return the label of a resource type, such as 'listener rule'."""
        return _KINDS.get(change.type, _readable_type(change.type))

    def full_label(self, change: Change) -> str:
        """Return the label with its service."""
        service = self.service(change)
        return self.label(change) if service == SHARED else f"{self.label(change)} of {service}"

    def name(self, address: str) -> str:
        """Return the label of the resource at an address; the address itself if it is not in the plan."""
        change = self._by_address.get(address)
        return self.full_label(change) if change is not None else address

    def identified(self, value: Any) -> Change | None:
        """Return the resource that has this id or ARN."""
        return self._by_identifier.get(value) if isinstance(value, str) else None

    def known(self, address: str, attribute: str) -> str | None:
        """Return a string attribute of the resource at an address after the plan; None if it is not known."""
        change = self._by_address.get(address)
        value = (change.after or {}).get(attribute) if change is not None else None
        return value if isinstance(value, str) else None

    def referred(self, change: Change, path: Path, *, after: bool) -> Change | None:
        """Return the resource that the value at `path` refers to, by id or by the configuration's reference."""
        value = at(change.side(after=after), path)
        if value is not UNKNOWN:
            return self.identified(value)
        expression = self.expression(change, path)
        return self._referenced(change, expression)

    def _referenced(self, change: Change, expression: Any) -> Change | None:
        found, _ = self.references(change, expression)
        return found[0] if len(found) == 1 else None

    def references(self, change: Change, expression: Any) -> tuple[tuple[Change, ...], bool]:
        """Return the resources of the plan that an expression refers to, and whether these are all."""
        if not isinstance(expression, Mapping | list):
            return (), False
        reference = self._configuration.references(change.address, expression)
        found = self._instances.referred(change.address, reference)
        return tuple(self._by_address[each] for each in found), reference.complete

    def expression(self, change: Change, path: Path) -> Any:
        """Return the expression in the configuration that a value comes from.

        If the blocks form a set, their order in the configuration may differ from the plan.
        """
        node: Any = change.arguments
        value: Any = change.after
        for key in path:
            items = value
            value = at(value, (key,))
            if isinstance(node, Mapping) and "references" in node:
                break  # an expression for the whole list
            if isinstance(key, int):
                node = self._block(change, node, items, key)
            else:
                node = node.get(key) if isinstance(node, Mapping) else None
            if node is None:
                return None
        return node

    def _block(self, change: Change, blocks: Any, items: Any, index: int) -> Any:
        if not isinstance(blocks, list) or not isinstance(items, list):
            return None
        fitting = [block for block in blocks if self._fits(change, block, items[index])]
        rank = sum(1 for item in items[:index] if item == items[index])
        return fitting[rank] if rank < len(fitting) else None

    def _fits(self, change: Change, block: Any, item: Any) -> bool:
        """Return True if `item` of the plan may come from `block` of the configuration."""
        if not isinstance(block, Mapping) or not isinstance(item, Mapping):
            return False
        for name, expression in block.items():
            value = item.get(name)
            if not isinstance(expression, Mapping):
                continue
            if "references" in expression:
                referred = self._referenced(change, expression)
                known = referred is not None and value is not UNKNOWN and isinstance(value, str)
                if known and self.identified(value) not in (None, referred):
                    return False
                if value is UNKNOWN and referred is not None and _is_settled(referred):
                    return False
            elif "constant_value" in expression and str(expression["constant_value"]) != str(value):
                return False
        return True


def _is_settled(change: Change) -> bool:
    """Return True if the plan does not change the resource's id."""
    return change.after is not None and change.after.get("id") is not UNKNOWN


def _identifiers(changes: Sequence[Change]) -> Iterator[tuple[str, Change]]:
    for change in changes:
        for values in (change.before, change.after):
            for name in _IDENTIFIERS:
                value = values.get(name) if values is not None else None
                if isinstance(value, str) and value:
                    yield value, change


def _service_names(addresses: Iterable[str]) -> Mapping[str, str]:
    """Return the name of the service at each address: its short name, or its whole instance if others share that."""
    short = {address: _short_name(parse(address)) for address in addresses}
    shared = Counter(short.values())
    return {address: name if shared[name] == 1 else parse(address).instance for address, name in short.items()}


def _short_name(address: Address) -> str:
    name = _service_of_id(address.name)
    if name != address.name:
        return name
    return address.key or address.module_name or name


def _grouped(entries: Iterable[tuple[str, str, str]]) -> Mapping[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for first, second, name in entries:
        found[first, second] = found.get((first, second), frozenset()) | {name}
    return found


def _service_of_id(name: str) -> str:
    """Return 'orders' for 'orders_service_this_1A2B3C4D'; return any other name unchanged."""
    match = re.fullmatch(r"(.+)_service_this(_[0-9A-F]{8})?", name)
    return match[1] if match is not None else name


def at(value: Any, path: Path) -> Any:
    """Return the value at a path: UNKNOWN inside an unknown value, None if there is no value."""
    for key in path:
        if value is UNKNOWN:
            return UNKNOWN
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _readable_type(type_: str) -> str:
    """Return a resource type with spaces, without its provider and without 'lb' or 'ecs'."""
    return " ".join(type_.split("_")[1:]).removeprefix("lb ").removeprefix("ecs ") or type_
