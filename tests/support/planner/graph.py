"""The order of a planned apply in the format of `terraform graph -plan=FILE`: an edge `a -> b` means that b ends first.

Terraform orders creations and updates by the configuration, and destroys by the dependencies in the state:
https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/transform_destroy_edge.go and, for resources that
are created first, transform_destroy_cbd.go beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.planner.changes import CREATE_FIRST, Planner

Edge = tuple[str, str]

_END = r"provider[\"registry.terraform.io/hashicorp/aws\"] (close)"
"""The node that depends on every operation."""


def plan_graph(planner: Planner) -> str:
    """Return the graph of a planned change."""
    operations = {*_made(planner), *_gone(planner).values()}
    edges = sorted({*_creations(planner), *_destroys(planner), *((_END, each) for each in operations)})
    lines = "".join(f'\t\t"[root] {later}" -> "[root] {earlier}"\n' for later, earlier in edges)
    return f'digraph {{\n\tsubgraph "root" {{\n{lines}\t}}\n}}\n'


def _creations(planner: Planner) -> Iterator[Edge]:
    """Yield the edges of the configuration. A resource without a change is expanded only, and passes the order on."""
    made = _made(planner)
    for address, resource in planner.after.resources.items():
        if address in made:
            yield address, _expansion(address)
        for other in resource.dependencies & planner.after.resources.keys():
            yield _expansion(address), _expansion(other)
            if other in made:
                yield _expansion(address), other


def _destroys(planner: Planner) -> Iterator[Edge]:
    made, gone = _made(planner), _gone(planner)
    for address in made | gone.keys():
        if address in made and address in gone:
            yield (gone[address], address) if _outlives(planner, address) else (address, gone[address])
        for other in _dependencies(planner, address):
            if address in gone and other in gone:
                yield gone[other], gone[address]
            if address in gone and other in made:
                yield (gone[address], other) if _outlives(planner, address) else (other, gone[address])
            if address in made and other in gone:
                yield (gone[other], address) if _outlives(planner, other) else (address, gone[other])


def _dependencies(planner: Planner, address: str) -> frozenset[str]:
    """Return the dependencies in the state; of a new object, those in the configuration."""
    stored = planner.before.configuration.dependencies
    former = planner.changes[address].previous_address or address
    return stored[former] if former in stored else planner.after.dependencies[address]


def _made(planner: Planner) -> set[str]:
    """Return the addresses that are created or updated."""
    return {each.address for each in planner.changes.values() if {"create", "update"} & {*each.actions}}


def _gone(planner: Planner) -> dict[str, str]:
    """Return the node of each destroy, by address."""
    return {
        each.address: f"{each.address} (destroy{' deposed 00000000' if each.actions == CREATE_FIRST else ''})"
        for each in planner.changes.values()
        if "delete" in each.actions
    }


def _outlives(planner: Planner, address: str) -> bool:
    """Return True if the object is destroyed after its successor exists and its users have changed."""
    configuration = planner.after if address in planner.after.resources else planner.before.configuration
    return address in configuration.created_first


def _expansion(address: str) -> str:
    return f"{address} (expand)"
