"""Several real plans from one run of Terraform: each change is a module of its own, with its own part of the state.

changes -> a root module that calls one module per change, their states -> one plan -> the plan of each change

Terraform and the provider need seconds to start and to read the provider's schema, and much less for the resources of
a plan. A plan that is read here is equal to that of the stack as a root module, in all that the review reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.apply_order import ApplyOrder
from tests.support.plans import STATE, Base, document_of
from tests.support.recorded_plans import waiting
from tests.support.synth import Stack
from tests.support.terraform import run_terraform

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change from a base to a stack."""

    base: Base
    stack: Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plan of one change."""

    change: Change
    shown: Path
    """The plan's JSON file."""
    graph: str
    """The order in which Terraform would apply the plan, in DOT."""

    def as_declared(self) -> Document:
        """Return the plan's JSON, with services that wait for their tasks."""
        return waiting(json.loads(self.shown.read_text(encoding="utf-8")))

    @property
    def order(self) -> ApplyOrder:
        """The order in the graph."""
        return ApplyOrder.read(self.graph)


def planned_together(changes: Mapping[str, Change], folder: Path) -> dict[str, Planned]:
    """Plan each change, by name, in a new `folder`. All bases belong to one account.

    Changes with equal settings of the provider share a run.
    """
    runs: dict[str, dict[str, Change]] = {}
    for name, change in changes.items():
        runs.setdefault(json.dumps(document_of(change.stack)["provider"]), {})[name] = change
    planned: dict[str, Planned] = {}
    for number, run in enumerate(runs.values()):
        planned |= _one_run(run, folder / str(number))
    return planned


def _one_run(changes: Mapping[str, Change], folder: Path) -> dict[str, Planned]:
    folder.mkdir(parents=True)
    modules = {_module(name): change for name, change in changes.items()}
    assert len(modules) == len(changes)
    _write(folder / "main.tf.json", _root(modules))
    _write(folder / STATE, _state(modules))
    for module, change in modules.items():
        (folder / module).mkdir()
        document = document_of(change.stack)
        requirements = _requirements(document, _aliases(document))
        del document["provider"]
        _write(folder / module / "cdk.tf.json", document | {"terraform": requirements})
    environment = next(iter(modules.values())).base.environment
    run_terraform(folder, environment, "init", "-input=false")
    run_terraform(folder, environment, "plan", "-refresh=false", "-lock=false", "-input=false", "-out=saved.plan")
    document = json.loads(run_terraform(folder, environment, "show", "-json", "saved.plan"))
    graph = run_terraform(folder, environment, "graph", "-plan=saved.plan").splitlines()
    planned = {}
    for name, module in zip(changes, modules, strict=True):
        shown = folder / module / "plan.json"
        _write(shown, _plan_of(module, document))
        planned[name] = Planned(change=changes[name], shown=shown, graph=_graph_of(module, graph))
    return planned


def _module(name: str) -> str:
    return re.sub(r"\W+", "-", name)


def _write(path: Path, document: Document) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


def _requirements(document: Document, aliases: Sequence[str] = ()) -> Document:
    """Return the required versions; with the aliases of the provider that the module gets from the root."""
    required: Document = {key: value for key, value in document["terraform"].items() if key != "backend"}
    if not aliases:
        return required
    providers = required["required_providers"]
    return required | {"required_providers": providers | {"aws": providers["aws"] | {"configuration_aliases": aliases}}}


def _aliases(document: Document) -> list[str]:
    return [f"aws.{each['alias']}" for each in document["provider"]["aws"] if "alias" in each]


def _root(modules: Mapping[str, Change]) -> Document:
    """Return the module that calls the others: with the provider, and with every output as MODULE__NAME."""
    documents = {module: document_of(change.stack) for module, change in modules.items()}
    first = next(iter(documents.values()))
    providers = {each: each for each in ("aws", *_aliases(first))}
    outputs = {
        f"{module}__{name}": {"value": f"${{module.{module}.{name}}}"}
        for module, document in documents.items()
        for name in document.get("output", {})
    }
    return {
        "terraform": _requirements(first),
        "provider": first["provider"],
        "module": {module: {"source": f"./{module}", "providers": providers} for module in modules},
        "output": outputs,
    }


def _state(modules: Mapping[str, Change]) -> Document:
    joint: Document = {"version": 4, "serial": 1, "lineage": "joint", "outputs": {}, "resources": []}
    for module, change in modules.items():
        if not change.base.with_state:
            continue
        state: Document = json.loads((change.base.folder / STATE).read_text(encoding="utf-8"))
        joint["outputs"] |= {f"{module}__{name}": value for name, value in state["outputs"].items()}
        for resource in state["resources"]:
            for instance in resource["instances"]:
                instance["dependencies"] = [f"module.{module}.{each}" for each in instance.get("dependencies", [])]
            joint["resources"].append(resource | {"module": f"module.{module}"})
    return joint


def _plan_of(module: str, joint: Document) -> Document:
    """Return the plan of one module, as if it were the root."""
    configuration = joint["configuration"]
    prefix = f"{module}__"
    return {
        **{key: joint[key] for key in ("format_version", "terraform_version", "complete", "errored")},
        "planned_values": {},
        "prior_state": {"values": {"root_module": {"resources": list(_dependencies(module, joint))}}},
        "resource_changes": list(_resources_of(module, joint["resource_changes"])),
        "resource_drift": list(_resources_of(module, joint.get("resource_drift", []))),
        "output_changes": {
            name.removeprefix(prefix): change
            for name, change in joint["output_changes"].items()
            if name.startswith(prefix)
        },
        "configuration": {
            "provider_config": configuration["provider_config"],
            "root_module": configuration["root_module"]["module_calls"][module]["module"],
        },
    }


def _resources_of(module: str, resources: Iterable[Document]) -> Iterable[Document]:
    own = f"module.{module}"
    for resource in resources:
        if resource.get("module_address") == own:
            addresses = {key: resource[key] for key in ("address", "previous_address") if key in resource}
            alone = {key: value for key, value in resource.items() if key != "module_address"}
            yield alone | {key: value.removeprefix(f"{own}.") for key, value in addresses.items()}


def _dependencies(module: str, joint: Document) -> Iterator[Document]:
    """Yield what each resource of a module depends on in the state."""
    own = f"module.{module}."
    for child in joint.get("prior_state", {}).get("values", {}).get("root_module", {}).get("child_modules", []):
        for each in child["resources"] if child["address"] == own[:-1] else []:
            on = [name.removeprefix(own) for name in each.get("depends_on", [])]
            yield {"address": each["address"].removeprefix(own), "mode": each["mode"], "depends_on": on}


def _graph_of(module: str, lines: Iterable[str]) -> str:
    """Return the nodes of one module and the edges between them, with the addresses of a root module."""
    own, any_ = f'"[root] module.{module}.', '"[root] '
    return "\n".join(line.replace(own, any_) for line in lines if 0 < line.count(own) == line.count(any_))
