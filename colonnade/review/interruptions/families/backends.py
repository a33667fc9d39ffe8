"""The needs of tasks that call something that is no ECS service: a database, a cache, or a file system with a security
group of its own that names the group of the tasks.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.review.interruptions.access import Access
from colonnade.review.interruptions.connections import End, connected, hidden, tasks_end
from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.revisions import Revision, revisions
from colonnade.review.interruptions.spans import WHOLE_APPLY, covered
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.resource_index import BALANCERS, SERVICE, TASK_GROUPS, Path

_ENDS = (0, 65_535)
"""The ends of a range of all ports."""


def backends(judge: Judge) -> Iterator[Interruption]:
    """Yield what running tasks cannot connect to for a time, among what has a security group but is no service."""
    world, access = judge.world, Access(judge.world)
    known = {each.service.address: each for each in revisions(world) if Side.AFTER in each.sides}
    others = _of_services(world)
    admitting = access.admitting(Side.BEFORE)
    for revision in revisions(world):
        if Side.BEFORE in revision.sides:
            source, after = tasks_end(world, revision), known.get(revision.service.address)
            found = {
                (target, port)
                for group, _ in source.groups
                for target, permit in admitting.get(group, ())
                if target not in others and permit.allows(permit.ports.first, group)
                for port in {permit.ports.first, permit.ports.last}
            }
            for target, port in sorted(found):
                yield from _connects(judge, access, revision, after, target, port)


def _of_services(world: World) -> frozenset[Object]:
    """Return the security groups of all tasks and load balancers, which other families judge."""
    paths: Mapping[tuple[str, ...], Path] = {
        (SERVICE,): TASK_GROUPS,
        BALANCERS: ("security_groups",),
    }
    return frozenset(
        group
        for types, path in paths.items()
        for side in SIDES
        for each in world.of(*types, side=side)
        for group in world.links(each, side, *path).objects
    )


def _connects(
    judge: Judge, access: Access, revision: Revision, after: Revision | None, group: Object, port: int
) -> Iterator[Interruption]:
    """Yield an interruption if the rules do not let tasks connect to a security group while they run."""
    world, source = judge.world, tasks_end(judge.world, revision)
    target = End(groups=((group, world.lasts(group, Side.BEFORE)),), addresses=())
    if not any(True for _ in connected(access, source, target, Side.BEFORE, port)):
        return  # the rules that let the tasks out are not in the plan
    spans = [span for side in SIDES for span in connected(access, source, target, side, port)]
    later = tasks_end(world, after) if after is not None else source
    kept = any(True for _ in connected(access, later, target, Side.AFTER, port))
    need = WHOLE_APPLY if kept else revision.need
    claim = Claim(
        rule="call-interrupted",
        subject=f"calls from {world.index.service(revision.service)} to {judge.words.group(group)}",
        effect=f"fail on port {port}" if port not in _ENDS else "fail",
        about=(group.address, port),
        concerned=(revision.service,),
        hidden=hidden(access, source, target),
    )
    gap = covered(judge.order, spans, need)
    if gap is not None and gap.loss is not None and gap.until is None:
        sentence = f"If tasks still make them, {claim.subject} fail from then on."
        yield judge.say(Level.WANTED, claim, cause=gap.loss, trace=(judge.words.happens(gap.loss), sentence))
    else:
        yield from judge.need(claim, spans, need)
