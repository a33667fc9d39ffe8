"""The listeners of load balancers on both sides of a plan, by the port that clients connect to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from colonnade.review.interruptions.spans import Span
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.listener_actions import forwarded
from colonnade.review.plan.resource_index import BALANCERS, LISTENER_RULES, LISTENERS, Path


class Endpoint(NamedTuple):
    """A port of a load balancer, which clients connect to."""

    balancer: str
    """The load balancer's address, or its ARN if it is outside the plan."""
    port: int


def listeners(world: World, side: Side) -> Mapping[Endpoint, Change]:
    """Return the listeners on a side whose load balancer and port the plan shows."""
    found = {}
    for change in world.of(*LISTENERS, side=side):
        port = world.value(change, side, "port")
        for balancer in world.links(change, side, "load_balancer_arn").objects:
            if isinstance(port, int):
                found[Endpoint(balancer.address, port)] = change
    return found


def listens(world: World, endpoint: Endpoint) -> list[Span]:
    """Return the spans in which a listener has the port."""
    spans = []
    for side in (Side.BEFORE, Side.AFTER):
        listener = listeners(world, side).get(endpoint)
        if listener is not None:
            (balancer,) = world.links(listener, side, "load_balancer_arn").objects
            on_both = world.value(listener, side.other, "port") == endpoint.port
            spans.append(world.holds(listener, side, on_both=on_both) & world.lasts(balancer, side))
    return spans


def closed_listeners(world: World) -> Iterator[Change]:
    """Yield the listeners that are replaced and leave their port closed meanwhile."""
    before, after = (listeners(world, side) for side in (Side.BEFORE, Side.AFTER))
    for endpoint in before.keys() & after.keys():
        own = before[endpoint]
        if own is after[endpoint] and own.action is Action.REPLACE and not own.creates_first:
            yield own


def balancer_of(world: World, endpoint: Endpoint, side: Side) -> Change | None:
    """Return the load balancer of an endpoint on a side; None if it is outside the plan."""
    return next((each for each in world.of(*BALANCERS, side=side) if each.address == endpoint.balancer), None)


class Forward(NamedTuple):
    """A target group that a listener or a listener rule forwards to."""

    change: Change
    path: Path
    """The path of the target group in it."""
    group: Object
    balancers: tuple[Object, ...]
    """The load balancer of its listener; empty if the plan does not show it."""


def forwards(world: World, side: Side) -> Iterator[Forward]:
    """Yield each target group that a listener or a rule forwards to on a side."""
    for change in world.of(*LISTENERS, *LISTENER_RULES, side=side):
        is_listener = change.type in LISTENERS
        own = [change] if is_listener else map(world.change, world.links(change, side, "listener_arn").objects)
        balancers = [
            balancer
            for listener in own
            if listener is not None
            for balancer in world.links(listener, side, "load_balancer_arn").objects
        ]
        for path, _ in forwarded(change, "default_action" if is_listener else "action", after=side is Side.AFTER):
            for group in world.links(change, side, *path).objects:
                yield Forward(change, path, group, tuple(balancers))


def forwarders(world: World) -> Mapping[tuple[Object, Side], Iterable[Change]]:
    """Return the load balancers of the plan that forward to each target group on each side."""
    found: dict[tuple[Object, Side], dict[str, Change]] = defaultdict(dict)
    for side in SIDES:
        own = {each.address: each for each in world.of(*BALANCERS, side=side)}
        for forward in forwards(world, side):
            for balancer in forward.balancers:
                if balancer.address in own:
                    found[forward.group, side][balancer.address] = own[balancer.address]
    return {key: list(each.values()) for key, each in found.items()}
