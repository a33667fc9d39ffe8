"""The needs of calls by Service Connect: the names that a service offers in a namespace.

The proxy beside each task of the namespace connects to any of these names. So the plan does not show who calls whom.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectClientAlias.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.world import Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import SERVICE
from colonnade.review.plan.values import blocks

_CONFIGURATION = "service_connect_configuration"

Namespace = tuple[object]
"""The namespace's object or name, or None for the default namespace of the cluster."""


class Name(NamedTuple):
    """A name that a service offers to the tasks of a namespace."""

    namespace: Namespace
    name: str
    port: object

    def __str__(self) -> str:
        return f"{self.name}:{self.port}"


def service_connect(judge: Judge) -> Iterator[Interruption]:
    """Yield the names of Service Connect that a service with possible callers stops to offer, at least for a time."""
    world = judge.world
    services = world.of(SERVICE, side=Side.BEFORE)
    namespaces = {each.address: _namespace(world, each, Side.BEFORE) for each in services}
    for service in services:
        stays = service.after is not None and service.action is not Action.REPLACE
        kept = set(_offered(world, service, Side.AFTER)) if stays else set[Name]()
        lost = [each for each in _offered(world, service, Side.BEFORE) if each not in kept]
        offered = {each.namespace for each in lost}
        callers = [each for each in services if each is not service and namespaces[each.address] in offered]
        if callers:
            yield _lost(judge, service, lost, callers)


def _lost(judge: Judge, service: Change, lost: list[Name], callers: list[Change]) -> Interruption:
    name = judge.world.index.service(service)
    listed = " and ".join(dict.fromkeys(map(str, lost)))
    claim = Claim(
        rule="called-name-lost",
        subject=f"calls to {name}",
        effect=f"by Service Connect may fail: {name} stops to offer {listed}",
        concerned=(service, *callers),
        steps=(
            f"Keep {listed} in the `client_alias` blocks of {service.address}, beside the new names. Apply.",
            "Change the callers to the new names. Apply.",
            "Remove the former names. Apply.",
        ),
    )
    who = " and ".join(sorted(judge.world.index.service(each) for each in callers))
    cause = judge.world.leaves(service)
    trace = (judge.words.happens(cause), f"The plan does not show if {who} call it by this name.")
    return judge.say(Level.CANNOT_JUDGE, claim, cause=cause, trace=trace)


def _namespace(world: World, service: Change, side: Side) -> Namespace | None:
    """Return the namespace in which the tasks of a service call others; None without Service Connect."""
    enabled = [each for each in blocks(world.value(service, side, _CONFIGURATION)) if each.get("enabled") is True]
    if not enabled:
        return None
    linked = world.links(service, side, _CONFIGURATION, 0, "namespace").objects
    return (linked[0] if linked else enabled[0].get("namespace") or None,)


def _offered(world: World, service: Change, side: Side) -> Iterator[Name]:
    """Yield the names that a service offers on a side: those of its aliases, else its discovery name."""
    namespace = _namespace(world, service, side)
    if namespace is None:
        return
    for configuration in blocks(world.value(service, side, _CONFIGURATION)):
        for each in blocks(configuration.get("service")):
            usual = each.get("discovery_name") or each.get("port_name")
            for alias in blocks(each.get("client_alias")):
                yield Name(namespace, str(alias.get("dns_name") or usual), alias.get("port"))
