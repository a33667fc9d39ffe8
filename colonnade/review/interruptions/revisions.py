"""The revisions of ECS services: the tasks that run during an apply, and the time for which they need what they need.

An update of a service starts tasks of the new revision and stops those of the former one when the new ones are healthy.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.order import Operation, Order, applies
from colonnade.review.interruptions.spans import WHOLE_APPLY, Need, Span, covered
from colonnade.review.interruptions.world import SIDES, Links, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import SERVICE, TASK_GROUPS

_EXCHANGED = (
    "task_definition",
    "network_configuration",
    "load_balancer",
    "service_registries",
    "launch_type",
    "platform_version",
    "service_connect_configuration",
    "volume_configuration",
    "triggers",
)
"""The arguments that start new tasks. `capacity_provider_strategy` differs in most plans of an update."""


_ALONE = "Apply {thing} alone: `terraform apply -target='{address}'`."
_ROLLOUT = "Apply this change."
_NEVER_HEALTHY = "The rollout does not get healthy tasks, and the apply fails."


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The tasks of a service on one side of the plan; one revision stands for both if no task is exchanged."""

    service: Change
    side: Side
    need: Need
    """The time in which its tasks serve."""
    sides: tuple[Side, ...]
    """The sides on which the revision is the current one: both if no task is exchanged."""

    def groups(self, world: World) -> Links:
        """Return the security groups of the tasks."""
        return world.links(self.service, self.side, *TASK_GROUPS)

    def task_definition(self, world: World) -> Change | None:
        """Return the task definition of the tasks; None if the plan does not have it."""
        found = world.links(self.service, self.side, "task_definition").objects
        return world.change(found[0]) if found else None


def revisions(world: World) -> Iterator[Revision]:
    """Yield the revisions of every service that exists before and after the apply.

    What a service needs that is created or destroyed follows from the needs of its clients.
    """
    for service in world.of(SERVICE, side=Side.AFTER):
        if service.before is None:
            continue
        if service.action is Action.REPLACE:
            new = Need(first=applies(service.address))
            yield Revision(service=service, side=Side.AFTER, need=new, sides=(Side.AFTER,))
        elif not exchanges(world, service):
            yield Revision(service=service, side=Side.BEFORE, need=WHOLE_APPLY, sides=SIDES)
        else:
            update = applies(service.address)
            # Without the wait, the former tasks still run when the operation has ended.
            waits = world.value(service, Side.AFTER, "wait_for_steady_state") is True
            old, new = Need(last=update if waits else None), Need(first=update)
            yield Revision(service=service, side=Side.BEFORE, need=old, sides=(Side.BEFORE,))
            yield Revision(service=service, side=Side.AFTER, need=new, sides=(Side.AFTER,))


def exchanges(world: World, service: Change) -> bool:
    """Return True if an update of the service exchanges its tasks."""
    if service.action is not Action.UPDATE:
        return False
    return any(world.value(service, Side.BEFORE, each) != world.value(service, Side.AFTER, each) for each in _EXCHANGED)


def needed(
    judge: Judge, claim: Claim, spans: Iterable[Span], revision: Revision, *, only_starts: bool = False
) -> Iterator[Interruption]:
    """Yield an interruption if the spans do not cover the time in which the tasks of a revision serve.

    New tasks get no requests before they are healthy, and ECS starts tasks again that do not start. So what is missing
    when a rollout begins only delays it, unless it comes after the rollout or never: then the rollout fails.

    `only_starts`: running tasks do without it, so requests fail only if a task has to be replaced meanwhile.
    """
    spans = list(spans)
    gap = covered(judge.order, spans, revision.need)
    if gap is None:
        return
    lacking = gap.loss is None
    begins = lacking and revision.sides == (Side.AFTER,)
    for each in judge.need(claim, spans, revision.need):
        if lacking and not begins and each.level.blocks:
            continue  # running tasks lack it before the apply as well: at most, the apply repairs it
        if not begins:
            lower = only_starts and each.level is Level.INTERRUPTS
            yield replace(each, level=Level.MAY_INTERRUPT) if lower else each
        elif gap.certain:
            level = Level.FAILS if each.level.blocks else each.level
            trace = (*each.trace, _NEVER_HEALTHY)
            yield replace(each, level=level, trace=trace, steps=claim.steps or _first(judge, gap.until))


def _first(judge: Judge, late: Operation | None) -> tuple[str, ...]:
    """Return the steps that put an operation before the rollout that needs it; empty if nothing in the plan helps."""
    if late is None:
        return ()
    return (_ALONE.format(thing=judge.words.thing(judge.world.at(late.address)), address=late.address), _ROLLOUT)


def both(order: Order, one: Need, other: Need) -> Need:
    """Return the time in which both revisions run. Where the order leaves it open, the longer time."""
    return Need(first=_later(order, one.first, other.first), last=_earlier(order, one.last, other.last))


def _later(order: Order, one: Operation | None, other: Operation | None) -> Operation | None:
    if one is None or other is None:
        return one if other is None else other
    return other if order.before(one, other) else one


def _earlier(order: Order, one: Operation | None, other: Operation | None) -> Operation | None:
    if one is None or other is None:
        return one if other is None else other
    return other if order.before(other, one) else one
