"""The configuration in a plan: the resources that an expression refers to, through modules' inputs and outputs.

The JSON of a plan lists the references of each expression, but not what a local value refers to.
https://developer.hashicorp.com/terraform/internals/json-format#expression-representation
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.plan.addresses import KEY, parse, without_keys

_MODULE = re.compile(rf"module\.(?P<name>[^.\[]+)(?P<key>{KEY})?(?:\.(?P<output>[^.\[]+))?")
_RESOURCE = re.compile(rf"(?:data\.)?[^.\[]+\.[^.\[]+(?:{KEY})?")
_STEPS = re.compile(rf"([^.\[]+(?:\.[^.\[]+)?)({KEY})?\.?")
_NEUTRAL = frozenset({"each", "count", "path", "self", "terraform"})
"""The first parts of references that name no resource. `each` is resolved through `for_each`."""
_SAME_KEY = ("each.key", "each.value", "count.index")
_DEEPEST = 20
"""The number of modules that a reference is followed through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A resource or data source in the configuration."""

    expressions: Mapping[str, Any]
    depends_on: Sequence[str]
    for_each: Mapping[str, Any]
    """The expression of `for_each` or `count`; empty without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The addresses that an expression refers to. An address without a key stands for all of its instances."""

    addresses: tuple[str, ...]
    complete: bool
    """False if the expression also refers to something that a plan does not show, such as a local value."""
    same_key: bool = False
    """True if the expression chooses the instances that have the key of the referring resource."""


class Configuration:
    """The modules of a configuration, from the root module."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self.declared: Mapping[str, Declared] = dict(_declared(root, ""))
        """The resources and data sources by address without keys."""

    def references(self, address: str, expression: Any) -> Reference:
        """Return the addresses that an expression of the resource at `address` refers to."""
        own = parse(address)
        names = tuple(_names(expression))
        if "each.value" in names or any(each.startswith("each.value.") for each in names):
            declared = self.declared.get(without_keys(address))
            names += tuple(_names(declared.for_each)) if declared is not None else ()
        found, complete = self._resolved(own.module, names, 0)
        same_key = any(each == same or each.startswith(f"{same}.") for each in names for same in _SAME_KEY)
        return Reference(addresses=tuple(dict.fromkeys(found)), complete=complete, same_key=same_key)

    def _resolved(self, module: str, names: Iterable[str], depth: int) -> tuple[list[str], bool]:
        found, complete = list[str](), True
        for name in _longest(names):
            addresses, known = self._of_name(module, name, depth)
            found += addresses
            complete &= known
        return found, complete

    def _of_name(self, module: str, name: str, depth: int) -> tuple[list[str], bool]:
        first = re.split(r"[.\[]", name, maxsplit=1)[0]
        if depth > _DEEPEST or first == "local":
            return [], False
        if first in _NEUTRAL:
            return [], True
        if first == "var":
            return self._of_input(module, re.split(r"[.\[]", name)[1], depth)
        if first == "module":
            return self._of_output(module, name, depth)
        match = _RESOURCE.match(name)
        return ([f"{module}{match[0]}"], True) if match is not None else ([], False)

    def _of_input(self, module: str, name: str, depth: int) -> tuple[list[str], bool]:
        """Resolve a variable through the call of its module; one of the root module refers to no resource."""
        if not module:
            return [], True
        around, call = _split(module)
        expression = (self._call(around, call) or {}).get("expressions", {}).get(name)
        return self._resolved(around, _names(expression), depth + 1)

    def _of_output(self, module: str, name: str, depth: int) -> tuple[list[str], bool]:
        match = _MODULE.match(name)
        call = self._call(module, match["name"]) if match is not None else None
        if match is None or call is None:
            return [], False
        outputs = call.get("module", {}).get("outputs", {})
        wanted = [match["output"]] if match["output"] in outputs else list(outputs)
        within = f"{module}module.{match['name']}{match['key'] or ''}."
        names = (each for output in wanted for each in _names(outputs[output].get("expression")))
        return self._resolved(within, names, depth + 1)

    def _call(self, module: str, name: str) -> Mapping[str, Any] | None:
        """Return the call of a module inside another one."""
        node: Any = self._root
        for each in re.findall(r"module\.([^.\[]+)", without_keys(module)):
            node = node.get("module_calls", {}).get(each, {}).get("module", {})
        call: Mapping[str, Any] | None = node.get("module_calls", {}).get(name)
        return call


class Instances:
    """The instances of resources by address, with and without their keys."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._all = frozenset(addresses)
        self._by_block: dict[str, list[str]] = {}
        for address in sorted(self._all):
            self._by_block.setdefault(without_keys(address), []).append(address)

    def of(self, address: str) -> tuple[str, ...]:
        """Return the instances of an address that lacks some or all keys."""
        if address in self._all:
            return (address,)
        return tuple(each for each in self._by_block.get(without_keys(address), ()) if _is_within(each, address))

    def referred(self, referrer: str, reference: Reference) -> tuple[str, ...]:
        """Return the instances that a reference of the resource at `referrer` means."""
        found: dict[str, None] = {}
        for address in reference.addresses:
            instances = self.of(address)
            same = [each for each in instances if _last_key(each) == _last_key(referrer)]
            found |= dict.fromkeys(same if reference.same_key and same else instances)
        return tuple(found)


def _declared(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Declared]]:
    for resource in module.get("resources", []):
        each = resource.get("for_each_expression", resource.get("count_expression", {}))
        yield (
            f"{prefix}{resource['address']}",
            Declared(
                expressions=resource.get("expressions", {}), depends_on=resource.get("depends_on", ()), for_each=each
            ),
        )
    for name, call in module.get("module_calls", {}).items():
        yield from _declared(call.get("module", {}), f"{prefix}module.{name}.")


def _names(expression: Any) -> Iterator[str]:
    """Yield all references in an expression and in the blocks below it."""
    if isinstance(expression, Mapping):
        for key, value in expression.items():
            if key == "references" and isinstance(value, list):
                yield from (each for each in value if isinstance(each, str))
            else:
                yield from _names(value)
    elif isinstance(expression, list):
        for value in expression:
            yield from _names(value)


def _longest(names: Iterable[str]) -> list[str]:
    """Return the names without those that begin another one: Terraform lists `a.b["c"].id`, `a.b["c"]` and `a.b`."""
    longest: list[str] = []
    for name in sorted(set(names), reverse=True):
        if not (longest and longest[-1].startswith(name) and longest[-1][len(name)] in ".["):
            longest.append(name)
    return longest


def _split(module: str) -> tuple[str, str]:
    """Return the module around the innermost one, and the innermost one's name."""
    steps = list(re.finditer(rf"module\.([^.\[]+)(?:{KEY})?\.", module))
    return module[: steps[-1].start()], steps[-1][1]


def _is_within(instance: str, address: str) -> bool:
    """Return True if the address is that of the instance, or lacks some of its keys."""
    pairs = zip(_STEPS.findall(instance), _STEPS.findall(address), strict=False)
    return all(key in ("", own) for (_, own), (_, key) in pairs)


def _last_key(address: str) -> str:
    keys = re.findall(KEY, address)
    return keys[-1] if keys else ""
