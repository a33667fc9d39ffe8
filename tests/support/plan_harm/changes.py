"""The changes of one plan with the order of its apply, as the rules of harm read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.apply_order import ApplyOrder


class PlannedChanges:
    """The changes of the managed resources of a plan, by address, and the order of its operations."""

    def __init__(self, plan: Mapping[str, Any], order: ApplyOrder) -> None:
        self.order = order
        self.changes: Mapping[str, Any] = {
            each["address"]: each["change"]
            for each in plan["resource_changes"]
            if each["mode"] == "managed" and "deposed" not in each
        }
        self.before: Mapping[str, Any] = {
            address: change["before"] for address, change in self.changes.items() if change["before"]
        }

    def actions(self) -> Iterator[tuple[str, set[str]]]:
        """Yield each address with its actions."""
        for address, change in self.changes.items():
            yield address, set(change["actions"])

    def plans(self, action: str, address: str) -> bool:
        """Return True if an action is planned for a resource."""
        return action in self.changes[address]["actions"]

    def both(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the changed resources of a type that exist before and after the plan."""
        for address, change in self.changes.items():
            if kind_of(address) == kind and change["before"] and change["after"] and change["actions"] != ["no-op"]:
                yield address, change


def kind_of(address: str) -> str:
    """Return the type of a resource."""
    return address.split(".")[0]


def name_of(address: str) -> str:
    """Return an address without the prefix of its type and without CDKTF's hash."""
    return re.sub(r"_[0-9A-F]{8}$", "", address.removeprefix("aws_"))
