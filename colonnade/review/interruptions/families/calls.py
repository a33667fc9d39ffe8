"""The needs of a call between services: security group rules of both on its port, and its name in Cloud Map.

A call is a connection between the tasks of two services that their security groups allow.
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from colonnade.review.interruptions.access import Access
from colonnade.review.interruptions.connections import End, connected, hidden, tasks_end
from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.order import applies, destroys
from colonnade.review.interruptions.revisions import Revision, both, revisions
from colonnade.review.interruptions.spans import WHOLE_APPLY, Need, Span
from colonnade.review.interruptions.targets import registered
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import SERVICE
from colonnade.review.plan.values import Fact, blocks

_DROPPED = (
    "Apply the change of {caller} first, and keep the security group rules and the name of the called service.",
    "Remove them. Apply.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that one revision makes to another one."""

    caller: Revision
    callee: Revision
    port: int


def calls(judge: Judge) -> Iterator[Interruption]:
    """Yield each call between services that fails for a time."""
    access = Access(judge.world)
    made = {side: _calls(judge.world, access, side) for side in SIDES}
    for side, own in made.items():
        for pair, call in own.items():
            yield from _connects(judge, access, call, made[side.other].get(pair))
    for pair, call in made[Side.BEFORE].items():
        yield from _resolves(judge, call, made[Side.AFTER].get(pair))
        yield from _other_port(judge, call, made[Side.AFTER].get(pair))
        if pair not in made[Side.AFTER]:
            yield from _unopened(judge, access, call)
    for pair, call in _calls(judge.world, access, Side.BEFORE, to=_deleted(judge.world)).items():
        yield from _answered(judge, call, made[Side.AFTER].get(pair))


def _deleted(world: World) -> list[Revision]:
    """Return the former tasks of each service that is destroyed or replaced."""
    return [
        Revision(service=each, side=Side.BEFORE, need=Need(last=destroys(each.address)), sides=(Side.BEFORE,))
        for each in world.of(SERVICE, side=Side.BEFORE)
        if each.action in (Action.DESTROY, Action.REPLACE) and world.value(each, Side.BEFORE, "desired_count") != 0
    ]


def _answered(judge: Judge, call: Call, other: Call | None) -> Iterator[Interruption]:
    """Yield an interruption if a called service that is destroyed or replaced has no tasks while its caller runs."""
    world, service = judge.world, call.callee.service
    spans = [world.exists(service, side) for side in SIDES if world.values(service, side) is not None]
    fails = f"fail: {world.index.service(service)} has no tasks"
    claim = replace(_claim(judge, call, fails, "call-interrupted"), steps=())
    need = WHOLE_APPLY if other is not None else call.caller.need
    if other is None and need == WHOLE_APPLY:
        yield _taken_away(judge, claim, call, destroys(service.address))
    else:
        yield from judge.need(claim, spans, need)


def _calls(
    world: World, access: Access, side: Side, *, to: Sequence[Revision] | None = None
) -> dict[tuple[str, str], Call]:
    """Return the calls on a side, by the addresses of caller and callee.

    The callers are current on that side, and so are the callees unless `to` has them.
    """
    current = [(each, tasks_end(world, each)) for each in revisions(world) if side in each.sides]
    callees = current if to is None else [(each, tasks_end(world, each)) for each in to]
    by_group: dict[Object, list[tuple[Revision, End]]] = defaultdict(list)
    for revision, end in current:
        for group, _ in end.groups:
            by_group[group].append((revision, end))
    found = {}
    for callee, target in callees:
        for port in _ports(world, callee):
            callers = [each for group in _named(access, target, side, port) for each in by_group.get(group, ())]
            for caller, source in callers:
                other = caller.service is not callee.service
                if other and any(True for _ in connected(access, source, target, side, port)):
                    key = (caller.service.address, callee.service.address)
                    found[key] = Call(caller=caller, callee=callee, port=port)
    return found


def _named(access: Access, target: End, side: Side, port: int) -> list[Object]:
    """Return the security groups that a rule of the called tasks names on a port."""
    permits = (permit for group, _ in target.groups for permit in access.permits(group, "ingress", side))
    return list(
        dict.fromkeys(group for permit in permits for group in permit.groups.objects if permit.allows(port, group))
    )


def _ports(world: World, revision: Revision) -> Sequence[int]:
    """Return the ports that the tasks of a revision listen on, as far as the plan shows them."""
    found = dict.fromkeys(port for port in registered(world, revision.service, revision.side).values() if port)
    definition = revision.task_definition(world)
    containers: Any = (
        world.value(definition, revision.side, "container_definitions") if definition is not None else None
    )
    try:
        parsed: Any = json.loads(containers) if isinstance(containers, str) else []
    except ValueError:
        parsed = []
    mapped = (port.get("containerPort") for each in blocks(parsed) for port in blocks(each.get("portMappings")))
    return list(found | dict.fromkeys(port for port in mapped if isinstance(port, int)))


def _connects(judge: Judge, access: Access, call: Call, other: Call | None) -> Iterator[Interruption]:
    """Yield an interruption if the rules do not let the call through while both revisions run."""
    world = judge.world
    source, target = tasks_end(world, call.caller), tasks_end(world, call.callee)
    spans = [span for side in SIDES for span in connected(access, source, target, side, call.port)]
    need = both(judge.order, call.caller.need, call.callee.need)
    claim = _claim(judge, call, f"fail on port {call.port}", "call-interrupted", unknown=hidden(access, source, target))
    if other is None and need == WHOLE_APPLY:
        gap = [each.ends for each in spans if each.ends]
        if gap:
            yield _taken_away(judge, claim, call, min(gap[0], key=str))
        return
    yield from judge.need(claim if other is None else replace(claim, steps=()), spans, need)


def _taken_away(judge: Judge, claim: Claim, call: Call, cause: Any) -> Interruption:
    caller = judge.world.index.service(call.caller.service)
    sentence = f"The tasks of {caller} stay as they are: if they still make these calls, the calls fail from then on."
    return judge.say(Level.WANTED, claim, cause=cause, trace=(judge.words.happens(cause), sentence))


def _other_port(judge: Judge, call: Call, other: Call | None) -> Iterator[Interruption]:
    """Yield an interruption if the callee moves to another port, which no order of the operations makes harmless."""
    service = call.callee.service
    if other is None or other.port == call.port or service.action not in (Action.UPDATE, Action.REPLACE):
        return
    moved = f"fail: its tasks move from port {call.port} to {other.port}"
    claim = _claim(judge, call, moved, "called-port-changed", about=(other.port,))
    steps = (
        f"Let the tasks of {judge.world.index.service(service)} listen on both ports, and apply.",
        "Apply the change of its callers.",
        "Give up the former port. Apply.",
    )
    trace = (
        judge.words.happens(applies(service.address)),
        "During the rollout, callers of the one port meet tasks that listen on the other.",
    )
    yield judge.say(
        Level.INTERRUPTS,
        replace(claim, steps=steps),
        cause=applies(service.address),
        trace=trace,
    )


def _unopened(judge: Judge, access: Access, call: Call) -> Iterator[Interruption]:
    """Yield an interruption if the callee moves to a port that no rule opens, and the rules of the former one stay."""
    world = judge.world
    caller, callee = (
        next((each for each in revisions(world) if each.service is one.service and Side.AFTER in each.sides), None)
        for one in (call.caller, call.callee)
    )
    ports = _ports(world, callee) if callee is not None else ()
    if caller is None or callee is None or not ports or call.port in ports:
        return
    ends = tasks_end(world, caller), tasks_end(world, callee)
    if any(True for _ in connected(access, *ends, Side.AFTER, call.port)):
        moved = f"fail: its tasks move from port {call.port} to {ports[0]}, which no rule opens"
        claim = replace(_claim(judge, call, moved, "called-port-changed", about=(ports[0],)), steps=())
        cause = applies(call.callee.service.address)
        trace = (
            judge.words.happens(cause),
            f"No rule lets {world.index.service(caller.service)} reach port {ports[0]}.",
        )
        level = Level.CANNOT_JUDGE if hidden(access, *ends) else Level.INTERRUPTS
        yield judge.say(level, claim, cause=cause, trace=trace)


def _resolves(judge: Judge, call: Call, other: Call | None) -> Iterator[Interruption]:
    """Yield an interruption if the name of the callee does not resolve while its caller runs."""
    world, service = judge.world, call.callee.service
    names = {side: _names(world, service, side) for side in SIDES}
    for name in names[Side.BEFORE]:
        kept = other is not None and name in names[Side.AFTER]
        spans = [span for side in SIDES for span in names[side].get(name, ())]
        claim = _claim(judge, call, f"fail: {name} does not resolve", "called-name-lost")
        yield from judge.need(claim, spans, WHOLE_APPLY if kept else call.caller.need)


def _names(world: World, service: Change, side: Side) -> dict[str, list[Span]]:
    """Return the names under which the tasks of a service are registered, with the time for which they are."""
    found: dict[str, list[Span]] = {}
    others = {each for each, _ in _registries(world, service, side.other)}
    for registry, change in _registries(world, service, side):
        spaces = world.links(change, side, "dns_config", 0, "namespace_id").objects
        parts = [world.value(change, side, "name"), *(_namespace(world, each, side) for each in spaces)]
        span = world.holds(service, side, on_both=registry in others) & world.lasts(registry, side)
        for each in spaces:
            span &= world.lasts(each, side)
        found.setdefault(".".join(str(part) for part in parts), []).append(span)
    return found


def _registries(world: World, service: Change, side: Side) -> Iterator[tuple[Object, Change]]:
    if world.values(service, side) is None:
        return
    for place, _ in enumerate(blocks(world.value(service, side, "service_registries"))):
        for registry in world.links(service, side, "service_registries", place, "registry_arn").objects:
            change = world.change(registry)
            if change is not None and world.values(change, side) is not None:
                yield registry, change


def _namespace(world: World, namespace: Object, side: Side) -> str:
    change = world.change(namespace)
    return str(world.value(change, side, "name")) if change is not None else namespace.address


def _claim(
    judge: Judge, call: Call, effect: str, rule: str, *, unknown: Sequence[str] = (), about: tuple[Fact, ...] = ()
) -> Claim:
    index = judge.world.index
    caller, callee = index.service(call.caller.service), index.service(call.callee.service)
    return Claim(
        rule=rule,
        subject=f"calls from {caller} to {callee}",
        effect=effect,
        about=(call.port, *about),
        concerned=(call.caller.service, call.callee.service),
        steps=tuple(each.format(caller=caller) for each in _DROPPED),
        hidden=tuple(unknown),
    )
