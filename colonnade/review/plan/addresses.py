"""Terraform addresses: modules, type, name and instance key.

A key may contain any character: `module.service["a.b"].aws_lb_listener_rule.this["x]"]`.
https://developer.hashicorp.com/terraform/cli/state/resource-addressing
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass

KEY = r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]'
"""The pattern of an instance key in its brackets."""
_KEY = re.compile(KEY)
_ADDRESS = re.compile(
    rf"(?P<module>(?:module\.[^.\[]+(?:{KEY})?\.)*)(?P<type>[^.\[]+)\.(?P<name>[^.\[]+)(?P<key>{KEY})?", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The parts of the address of a managed resource."""

    module: str
    """The modules around the resource with their keys and a final dot; empty for the root module."""
    name: str
    key: str | None
    """The string key of the instance, else of the innermost module with one; None for a number and without a key."""
    instance: str
    """The address without the type: different for any two resources of one type."""

    @property
    def module_name(self) -> str:
        """The name of the innermost module; empty for the root module."""
        return without_keys(self.module).rstrip(".").rpartition(".")[2]


@functools.cache
def parse(text: str) -> Address:
    """Return the parts of an address. Any other string is all name."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return Address(module="", name=text, key=None, instance=text)
    found = [_string(key) for key in _KEY.findall(text)]
    return Address(
        module=match["module"],
        name=match["name"],
        key=next((key for key in reversed(found) if key is not None), None),
        instance=f"{match['module']}{match['name']}{match['key'] or ''}",
    )


def without_keys(text: str) -> str:
    """Return an address without the keys of its instances, as the configuration has it."""
    return _KEY.sub("", text)


def _string(key: str) -> str | None:
    inner = key[1:-1]
    if not inner.startswith('"'):
        return None
    try:
        return str(json.loads(inner))
    except ValueError:
        return inner[1:-1]
