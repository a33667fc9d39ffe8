"""Recordings of real plans, for tests that need neither Terraform nor an emulator.

plans of one stack, their graphs -> without what no review reads, with stable identifiers
  -> tests/support/recorded/STACK.json -> Plan

A recording is a list of parts: changes of resources, their configuration, what they depend on. The parts that several
plans of a stack have in common are in the file once. `pytest tests/edits --snapshot-update` records the plans again.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from colonnade.review.plan.document import Plan, plan_of
from tests.support.plan_documents import document

FOLDER = Path(__file__).parent / "recorded"
_NOISE = {"tags", "tags_all", "timeouts", "not_before", "not_after", "validation_emails", "create_date", "unique_id"}
_CONFIGURED = (
    "address",
    "mode",
    "type",
    "name",
    "expressions",
    "depends_on",
    "for_each_expression",
    "count_expression",
)
_RANDOM = re.compile(r"(?<![0-9A-Za-z])(?=[a-z]*\d)[0-9a-z]{16,}(?![0-9A-Za-z])")
_NODE = re.compile(r'^\s*("\[root\] (?:[^"\\]|\\.)*") \[label', re.MULTILINE)
_EDGE = re.compile(r'^\s*("\[root\] (?:[^"\\]|\\.)*") -> ("\[root\] (?:[^"\\]|\\.)*")', re.MULTILINE)
_OPERATION = re.compile(r'"\[root\] (.+?)(?: \(destroy[^)]*\))?"')

Document = dict[str, Any]


def names() -> list[tuple[str, str]]:
    """Return the stack and the edit of every recorded plan."""
    stacks = sorted(path.stem for path in FOLDER.glob("*.json"))
    return [(stack, edit) for stack in stacks for edit in _file(stack)["plans"]]


def recorded(stack: str, edit: str, *, with_graph: bool = True) -> Plan:
    """Return a recorded plan as the review reads it."""
    file = _file(stack)
    recording = file["plans"][edit]
    parts = [*(file["shared"][number] for number in recording["shared"]), *recording["own"]]
    return plan_of(_plan(parts), "\n".join(recording["graph"]) if with_graph else None)


def waiting(plan: Document) -> Document:
    """Return a plan whose services wait for their tasks, as every service of this project does.

    Those that tests apply do not wait, because no tasks run: `plans.document_of`.
    """
    for entry in plan["resource_changes"]:
        if entry["type"] == "aws_ecs_service":
            for side in ("before", "after"):
                if entry["change"][side] is not None:
                    entry["change"][side]["wait_for_steady_state"] = True
    return plan


def record(stack: str, plans: Mapping[str, tuple[Document, str]]) -> None:
    """Write the recordings of a stack's plans: by name the JSON and the graph, as Terraform printed them."""
    parts = {name: [json.dumps(each) for each in _parts(plan)] for name, (plan, _) in plans.items()}
    counted = Counter(itertools.chain(*parts.values()))
    shared = {part: number for number, part in enumerate(each for each, count in counted.items() if count > 1)}
    bodies = []
    for name, (plan, graph) in plans.items():
        own = ",\n".join(each for each in parts[name] if each not in shared)
        numbers = [shared[each] for each in parts[name] if each in shared]
        operations = _reduced(graph, {each["address"] for each in plan["resource_changes"]})
        order = ",\n".join(json.dumps(each) for each in sorted(operations))
        bodies.append(f'{json.dumps(name)}: {{"shared": {numbers}, "own": [\n{own}\n], "graph": [\n{order}\n]}}')
    text = '{{"shared": [\n{}\n], "plans": {{\n{}\n}}}}\n'.format(",\n".join(shared), ",\n".join(bodies))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{stack}.json").write_text(_stable(text), encoding="utf-8")


@functools.cache
def _file(stack: str) -> Document:
    content: Document = json.loads((FOLDER / f"{stack}.json").read_text(encoding="utf-8"))
    return content


def _plan(parts: list[Any]) -> Document:
    """Return the parts as `terraform show -json` prints a plan."""
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for kind, part in parts:
        by_kind[kind].append(part)
    whole = document(*({**each, "mode": "managed", "change": _whole(each["change"])} for each in by_kind["change"]))
    prior = [{"address": address, "depends_on": on} for address, on in by_kind["dependency"]]
    whole["prior_state"] = {"values": {"root_module": {"resources": prior}}}
    more = {kind: part for kind in ("module_calls", "outputs") for part in by_kind[kind]}
    whole["configuration"]["root_module"] = {"resources": by_kind["resource"], **more}
    return whole


def _whole(change: Document) -> Document:
    if change["actions"] == ["no-op"]:
        return {**change, "after": change["before"]}
    return {"before": None, "after": None, "after_unknown": {}, **change}


def _parts(plan: Document) -> Iterator[tuple[str, Any]]:
    for entry in plan["resource_changes"]:
        if entry["mode"] == "managed":
            yield "change", _change(entry)
    root = _module(plan["configuration"]["root_module"])
    yield from (("resource", each) for each in root["resources"])
    yield from ((kind, root[kind]) for kind in ("module_calls", "outputs"))
    yield from (("dependency", each) for each in _dependencies(plan["prior_state"]["values"]["root_module"]))


def _change(entry: Document) -> Document:
    change = entry["change"]
    sides = {side: _kept(change[side]) for side in ("before", "after") if change[side] is not None}
    if change["actions"] == ["no-op"]:
        del sides["after"]
    else:
        sides["after_unknown"] = _kept(change["after_unknown"])
    more = {"replace_paths": change["replace_paths"]} if change.get("replace_paths") else {}
    own: Document = {
        key: entry[key] for key in ("address", "type", "name", "previous_address", "deposed") if key in entry
    }
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
    return {"resources": resources, "module_calls": calls, "outputs": _references(module.get("outputs", {}))}


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


def _stable(text: str) -> str:
    """Return the text with random parts of identifiers numbered by their first place."""
    numbers: dict[str, str] = {}
    return _RANDOM.sub(lambda found: numbers.setdefault(found[0], f"{len(numbers):017x}"), text)
