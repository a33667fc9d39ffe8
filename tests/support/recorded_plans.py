"""Recordings of real plans, for tests that need neither Terraform nor an emulator.

plan, graph -> without what no review reads, with stable identifiers -> tests/support/recorded/NAME.json -> Plan
"""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from colonnade.review.plan.document import Plan, plan_of
from tests.support.plan_documents import document

FOLDER = Path(__file__).parent / "recorded"
_NOISE = {"tags", "tags_all", "timeouts", "not_before", "not_after", "validation_emails", "create_date", "unique_id"}
_RANDOM = re.compile(r"(?<![0-9A-Za-z])(?=[a-z]*\d)[0-9a-z]{16,}(?![0-9A-Za-z])")
_NODE = re.compile(r'^\s*("\[root\] (?:[^"\\]|\\.)*") \[label', re.MULTILINE)
_EDGE = re.compile(r'^\s*("\[root\] (?:[^"\\]|\\.)*") -> ("\[root\] (?:[^"\\]|\\.)*")', re.MULTILINE)
_OPERATION = re.compile(r'"\[root\] (.+?)(?: \(destroy[^)]*\))?"')

Document = dict[str, Any]


def names() -> list[str]:
    """Return the names of all recordings, such as 'shop, port'."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def recorded(name: str, *, with_graph: bool = True) -> Plan:
    """Return a recorded plan as the review reads it."""
    recording = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return plan_of(_plan(recording), "\n".join(recording["graph"]) if with_graph else None)


def record(name: str, plan: Document, graph: str) -> None:
    """Write the recording of a plan: its JSON and graph as Terraform printed them."""
    recording = {
        "changes": [_change(each) for each in plan["resource_changes"] if each["mode"] == "managed"],
        "configuration": _module(plan["configuration"]["root_module"]),
        "dependencies": dict(_dependencies(plan["prior_state"]["values"]["root_module"])),
        "graph": sorted(_reduced(graph, {each["address"] for each in plan["resource_changes"]})),
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(_stable(_lines(recording)), encoding="utf-8")


def _plan(recording: Document) -> Document:
    entries = [{**each, "mode": "managed", "change": _whole(each["change"])} for each in recording["changes"]]
    prior = [{"address": address, "depends_on": on} for address, on in recording["dependencies"].items()]
    whole = document(*entries)
    whole["prior_state"] = {"values": {"root_module": {"resources": prior}}}
    whole["configuration"]["root_module"] = recording["configuration"]
    return whole


def _whole(change: Document) -> Document:
    if change["actions"] == ["no-op"]:
        return {**change, "after": change["before"]}
    return {"before": None, "after": None, "after_unknown": {}, **change}


def _change(entry: Document) -> Document:
    change = entry["change"]
    sides = {side: _kept(change[side]) for side in ("before", "after") if change[side] is not None}
    if change["actions"] == ["no-op"]:
        del sides["after"]
    else:
        sides["after_unknown"] = _kept(change["after_unknown"])
    more = {"replace_paths": change["replace_paths"]} if change.get("replace_paths") else {}
    own: Document = {key: entry[key] for key in ("address", "type", "name", "previous_address", "deposed") if key in entry}
    return {**own, "change": {"actions": change["actions"], **sides, **more}}


def _kept(value: Any) -> Any:
    """Return a value without empty parts, and without attributes that no review reads."""
    if isinstance(value, dict):
        kept = {key: _kept(each) for key, each in value.items() if key not in _NOISE}
        return {key: each for key, each in kept.items() if each not in (None, [], {}, "")}
    return [_kept(each) for each in value] if isinstance(value, list) else value


def _module(module: Mapping[str, Any]) -> Document:
    """Return a module's configuration: references, and no constants, which the values have."""
    resources = [
        {key: _references(each[key]) for key in _CONFIGURED if key in each} for each in module.get("resources", [])
    ]
    calls = {
        name: {**{key: _references(call[key]) for key in _CONFIGURED if key in call}, "module": _module(call["module"])}
        for name, call in module.get("module_calls", {}).items()
    }
    outputs = _references(module.get("outputs", {}))
    return {"resources": resources, "module_calls": calls, "outputs": outputs}


_CONFIGURED = ("address", "mode", "type", "name", "expressions", "depends_on", "for_each_expression", "count_expression")


def _references(value: Any) -> Any:
    if isinstance(value, dict):
        if "references" in value:
            return {"references": value["references"]}
        return {key: _references(each) for key, each in value.items() if not _is_constant(each)}
    return [_references(each) for each in value] if isinstance(value, list) else value


def _is_constant(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"constant_value"}


def _dependencies(module: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for each in module.get("resources", []):
        if each.get("depends_on"):
            yield each["address"], each["depends_on"]
    for child in module.get("child_modules", []):
        yield from _dependencies(child)


def _reduced(graph: str, addresses: set[str]) -> Iterator[str]:
    """Yield the operations on resources and their order, without edges that follow from others."""
    next_: dict[str, set[str]] = defaultdict(set)
    for later, earlier in _EDGE.findall(graph):
        next_[later].add(earlier)
    reach: dict[str, frozenset[str]] = {}

    def reached(node: str) -> frozenset[str]:
        if node not in reach:
            reach[node] = frozenset(itertools.chain(next_[node], *(reached(each) for each in sorted(next_[node]))))
        return reach[node]

    operations = {
        node
        for node in {*_NODE.findall(graph), *next_, *itertools.chain(*next_.values())}
        for match in [_OPERATION.fullmatch(node)]
        if match is not None and match[1].replace('\\"', '"') in addresses
    }
    for node in operations:
        own = reached(node) & operations
        implied = frozenset(itertools.chain(*(reached(each) for each in own)))
        yield from (node, *(f"{node} -> {each}" for each in own - implied))


def _lines(recording: Document) -> str:
    """Return JSON with a line for each resource and edge."""
    parts = []
    for key, value in recording.items():
        lines = [json.dumps(each) for each in value] if isinstance(value, list) else [json.dumps(value)]
        body = ",\n".join(lines)
        parts.append(f'"{key}": [\n{body}\n]' if isinstance(value, list) else f'"{key}": {body}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _stable(text: str) -> str:
    """Return the text with random parts of identifiers numbered by their first place."""
    numbers: dict[str, str] = {}
    return _RANDOM.sub(lambda found: numbers.setdefault(found[0], f"{len(numbers):017x}"), text)
