"""The rules for the number of a deployment's tasks: targets, instances in Cloud Map and addresses of the subnets.

While ECS replaces the tasks of a service it runs twice as many (`deployment_maximum_percent` is 200), and one apply may
replace the tasks of every service. Pure.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from colonnade.model import aws_limits
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import Fault, Problem
from colonnade.model.network.layout import layout_faults
from colonnade.model.network.plan import NetworkPlan, network_plan
from colonnade.model.service.declaration import Service
from colonnade.model.shape import ShapedDeployment

_WHILE_REPLACED = 2
"""The number of tasks that ECS runs per declared task while it replaces them."""


def capacity_problems(shaped: ShapedDeployment, environment: Environment) -> Iterator[Problem]:
    """Yield a problem for each service, or for the deployment, that has more tasks than AWS has room for."""
    counts = _counts(shaped, environment)
    targets, named = {each.name for each in shaped.forwarded}, _in_namespace(shaped)
    declared = {each.name for each in shaped.services_with("name", "desired_count") if each.desired_count is not None}
    refused = {
        name: fault
        for name, count in counts.items()
        # A count in the deployment file applies to every environment, so its problem does not name one.
        for where in ["" if name in declared else f" in environment {environment.name!r}"]
        for fault in _service_faults(count, where, named=name in named, target=name in targets)
    }
    yield from (shaped.problem_of(name, fault) for name, fault in refused.items())
    if refused:
        return
    registered = {name: count for name, count in counts.items() if name in targets}
    yield from (shaped.problem(fault) for fault in _load_balancer_faults(registered))
    if shaped.knows("name") and shaped.knows_all_of("network") and _has_network(shaped, environment):
        network = network_plan(shaped.value.name, shaped.value.network, environment)
        if isinstance(network, NetworkPlan):
            yield from (shaped.problem(fault) for fault in _address_faults(counts, network.private_cidrs))


def _has_network(shaped: ShapedDeployment, environment: Environment) -> bool:
    layout = shaped.value.network
    if layout is None:
        name = shaped.value.name
        return name in environment.network.vpc_cidrs or environment.network_of(name) is not None
    return not any(layout_faults(layout, shaped.knows))


def _counts(shaped: ShapedDeployment, environment: Environment) -> Mapping[str, int]:
    """Return the desired count by service, for the services with a valid name and count."""
    counts = {service.name: _count(service, environment) for service in shaped.services_with("name", "desired_count")}
    return {name: count for name, count in counts.items() if 0 <= count <= aws_limits.TASKS_PER_SERVICE}


def _in_namespace(shaped: ShapedDeployment) -> frozenset[str]:
    """Return the names of the services whose tasks are registered in Cloud Map."""
    if not shaped.knows("namespace") or shaped.value.namespace is None:
        return frozenset()
    services = shaped.services_with("name", "container_port")
    return frozenset(each.name for each in services if each.container_port is not None)


def _count(service: Service, environment: Environment) -> int:
    return service.desired_count if service.desired_count is not None else environment.tasks.desired_count


def _service_faults(count: int, where: str, *, named: bool, target: bool) -> Iterator[Fault]:
    if not named and not target:
        return
    what, most = (
        ("instances in Cloud Map, which allows {} per service", aws_limits.CLOUD_MAP_INSTANCES_PER_SERVICE)
        if named
        else ("targets, and a target group has at most {}", aws_limits.TARGETS_PER_TARGET_GROUP)
    )
    if count * _WHILE_REPLACED > most:
        yield Fault(
            f"desired count {count}{where} needs up to {count * _WHILE_REPLACED} {what.format(most)}",
            f"use {most // _WHILE_REPLACED} or less: while ECS replaces tasks, it runs twice as many",
        )


def _load_balancer_faults(counts: Mapping[str, int]) -> Iterator[Fault]:
    total, most = sum(counts.values()), aws_limits.TARGETS_PER_LOAD_BALANCER
    if total * _WHILE_REPLACED > most:
        yield Fault(
            f"{total} tasks need up to {total * _WHILE_REPLACED} targets; a load balancer has at most {most}",
            f"use {most // _WHILE_REPLACED} tasks or less in all, or split it: each deployment has a load balancer of "
            "its own",
        )


def _address_faults(counts: Mapping[str, int], blocks: tuple[str, ...]) -> Iterator[Fault]:
    needed = sum(counts.values()) * _WHILE_REPLACED
    room = sum(
        ipaddress.IPv4Network(block).num_addresses - aws_limits.RESERVED_ADDRESSES_PER_SUBNET for block in blocks
    )
    if needed > room:
        yield Fault(
            f"{needed // _WHILE_REPLACED} tasks need up to {needed} addresses; its private subnets "
            f"{', '.join(blocks)} have {room}",
            f"use {room // _WHILE_REPLACED} tasks or less in all, or larger blocks",
        )
