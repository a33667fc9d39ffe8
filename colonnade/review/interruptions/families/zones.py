"""The needs of tasks behind a load balancer: it has a subnet in their Availability Zone.

Targets in a zone that is not enabled for the load balancer are unused: they stay registered, and get no requests.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-subnets.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.listeners import forwarders
from colonnade.review.interruptions.order import applies
from colonnade.review.interruptions.revisions import Revision, needed, revisions
from colonnade.review.interruptions.spans import Span, covered
from colonnade.review.interruptions.targets import registered
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import TASK_SUBNETS
from colonnade.review.plan.values import UNKNOWN, blocks

_KEPT = (
    "Add subnets in the zones of the new tasks to the load balancer, and keep the former ones. Apply.",
    "Move the tasks to the new subnets. Apply.",
    "Remove the former subnets from the load balancer. Apply.",
)
_MOVED = (
    "Move the tasks to subnets in zones that the load balancer keeps. Apply.",
    "Remove the subnets from the load balancer. Apply.",
)

Zones = Mapping[str, Object]
"""Availability Zones, each with a subnet in it. A subnet whose zone the plan does not show stands for itself."""


def zones(judge: Judge) -> Iterator[Interruption]:
    """Yield the services whose tasks are in a zone that their load balancer does not have for a time."""
    balancers = forwarders(judge.world)
    for revision in revisions(judge.world):
        found = {
            each.address: each
            for group in registered(judge.world, revision.service, revision.side)
            for each in balancers.get((group, revision.side), ())
            if each.action is not Action.DESTROY
        }
        for balancer in found.values():
            yield from _reached(judge, revision, balancer)


def _reached(judge: Judge, revision: Revision, balancer: Change) -> Iterator[Interruption]:
    world, service = judge.world, revision.service
    enabled = {side: _of_balancer(world, balancer, side) for side in SIDES}
    tasks, former = (_of_tasks(world, service, side) for side in (revision.side, Side.BEFORE))
    if enabled[Side.BEFORE].keys() == enabled[Side.AFTER].keys() and (Side.BEFORE in revision.sides or not tasks):
        return
    if Side.BEFORE in revision.sides:
        tasks = {zone: tasks[zone] for zone in tasks if zone in enabled[Side.BEFORE]}
    if not former.keys() & enabled[Side.BEFORE].keys():
        yield from _not_shown(judge, revision, balancer, former, enabled)
        return
    moves = former.keys() != _of_tasks(world, service, Side.AFTER).keys()
    claim = Claim(
        rule="zone-left",
        subject=f"requests to {world.index.service(service)}",
        effect="get 503: the load balancer has no subnet in the zones of its tasks",
        concerned=(service, balancer),
        steps=_KEPT if moves else _MOVED,
        hidden=(
            *(f"{each}: availability_zone" for each in sorted(_unknown(tasks) ^ _unknown(enabled[Side.AFTER]))),
            *_unshown(world, revision, balancer),
        ),
    )
    spans = {zone: list(_has(world, balancer, enabled, zone)) for zone in tasks}
    found = list(needed(judge, claim, [each for own in spans.values() for each in own], revision))
    yield from found or _partly(judge, replace(claim, steps=()), revision, spans)


def _partly(judge: Judge, claim: Claim, revision: Revision, spans: Mapping[str, list[Span]]) -> Iterator[Interruption]:
    """Yield an interruption for each zone whose tasks get no requests for a time while others do."""
    count = judge.world.value(revision.service, revision.side, "desired_count")
    for zone, own in spans.items():
        gap = covered(judge.order, own, revision.need)
        cause = (gap.loss or gap.until) if gap is not None else None
        if gap is not None:
            level, effect = Level.QUESTION, f"do not reach its tasks in {zone}: are the others enough?"
            if count == 1:
                level, effect = Level.MAY_INTERRUPT, f"get 503 if its only task is in {zone}"
            level = Level.CANNOT_JUDGE if claim.hidden else level
            trace = (
                *([judge.words.happens(cause)] if cause is not None else []),
                f"Tasks in {zone} stay registered, and get no requests: the load balancer has no subnet there.",
            )
            yield judge.say(level, replace(claim, effect=effect, steps=_MOVED), cause=cause, trace=trace)


def _not_shown(
    judge: Judge, revision: Revision, balancer: Change, tasks: Zones, enabled: Mapping[Side, Zones]
) -> Iterator[Interruption]:
    """Yield that nothing is known if the load balancer changes its subnets, and the plan does not show the zones."""
    unknown = _unknown(tasks)
    changes = balancer.action is Action.UPDATE and enabled[Side.BEFORE].keys() - enabled[Side.AFTER].keys()
    if unknown and changes:
        cause, name = applies(balancer.address), judge.world.index.service(revision.service)
        claim = Claim(
            rule="zone-left",
            subject=f"requests to {name}",
            effect="fail if the load balancer leaves the zones of its tasks",
            concerned=(revision.service, balancer),
        )
        trace = (judge.words.happens(cause), f"The plan does not show the zone of {' and '.join(sorted(unknown))}.")
        yield judge.say(Level.CANNOT_JUDGE, claim, cause=cause, trace=trace)


def _unknown(found: Zones) -> frozenset[str]:
    """Return the subnets whose zones the plan does not show."""
    return frozenset(zone for zone, subnet in found.items() if zone == subnet.address)


def _unshown(world: World, revision: Revision, balancer: Change) -> Iterator[str]:
    """Yield the subnets of the tasks and of the load balancer that the plan does not show."""
    if not world.links(revision.service, revision.side, *TASK_SUBNETS).complete:
        yield f"{revision.service.address}: subnets"
    if not world.links(balancer, Side.AFTER, "subnets").complete:
        yield f"{balancer.address}: subnets"


def _has(world: World, balancer: Change, enabled: Mapping[Side, Zones], zone: str) -> Iterator[Span]:
    """Yield the time for which a load balancer has a subnet in a zone."""
    for side in SIDES:
        if zone in enabled[side]:
            holds = world.holds(balancer, side, on_both=zone in enabled[side.other])
            yield holds & world.lasts(enabled[side][zone], side)


def _of_tasks(world: World, service: Change, side: Side) -> Zones:
    return _zones(world, world.links(service, side, *TASK_SUBNETS).objects, side)


def _of_balancer(world: World, balancer: Change, side: Side) -> Zones:
    """Return the zones of a load balancer, from whichever of its two arguments the plan shows."""
    value = world.value(balancer, side, "subnets")
    found = list(world.links(balancer, side, "subnets").objects)
    if not value or value is UNKNOWN or "subnet_mapping" in balancer.arguments:
        places = range(len(blocks(world.value(balancer, side, "subnet_mapping"))))
        mapped = [world.links(balancer, side, "subnet_mapping", place, "subnet_id").objects for place in places]
        found = [each for own in mapped for each in own] or found
    return _zones(world, found, side)


def _zones(world: World, subnets: Iterable[Object], side: Side) -> Zones:
    found: dict[str, Object] = {}
    for subnet in subnets:
        change = world.change(subnet)
        values = world.values(change, side) or world.values(change, side.other) if change is not None else {}
        named = (values.get(each) for each in ("availability_zone", "availability_zone_id"))
        found[next((each for each in named if isinstance(each, str)), subnet.address)] = subnet
    return found
