"""The needs of a load balancer that sends requests to tasks: an egress rule of its own group and an ingress rule of
theirs, on the port of each revision that runs.

A connection that no security group allows gets no answer: 504, or 503 once the health checks have failed.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from colonnade.review.interruptions.access import Access
from colonnade.review.interruptions.connections import End, balancer_end, changes, connected, hidden, let_in, tasks_end
from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.listeners import forwarders
from colonnade.review.interruptions.revisions import Revision, needed, revisions
from colonnade.review.interruptions.spans import Span
from colonnade.review.interruptions.targets import registered
from colonnade.review.interruptions.world import SIDES, Side, World
from colonnade.review.plan.document import Action, Change

_STEPS = (
    "Add the rules of the new port beside those of the former one. Apply.",
    "Change the port of the service, and keep both rules. Apply.",
    "Remove the rules of the former port. Apply.",
)

_OPEN = (
    "Add an egress rule to a security group of the load balancer, and an ingress rule to the new one of {service}, "
    "both on port {port}. Apply.",
    "Give the service its new security groups. Apply.",
)


def ports(judge: Judge) -> Iterator[Interruption]:
    """Yield each port of a service that its load balancer does not reach for a time."""
    access, balancers = Access(judge.world), forwarders(judge.world)
    for revision in revisions(judge.world):
        for group, port in registered(judge.world, revision.service, revision.side).items():
            if port is not None:
                for balancer in balancers.get((group, revision.side), ()) or (None,):
                    if balancer is None or balancer.action is not Action.DESTROY:
                        yield from _reached(judge, access, revision, balancer, port)


def _reached(
    judge: Judge, access: Access, revision: Revision, balancer: Change | None, port: int
) -> Iterator[Interruption]:
    """Yield an interruption if the load balancer does not reach the tasks of a revision while they serve.

    `balancer` is None if it is not in the plan.
    """
    world, service = judge.world, revision.service
    target = tasks_end(world, revision)
    sources = [(side, balancer_end(access, world, balancer, side)) for side in SIDES if balancer is not None]
    unshown = [*_unshown_groups(world, revision, balancer)]
    if not unshown and (not target.groups or (sources and not any(source.groups for _, source in sources))):
        return  # the VPC's default group, or a load balancer that has none
    spans = [span for side, source in sources for span in connected(access, source, target, side, port)]
    if balancer is None:
        spans = list(let_in(access, target, revision.side, port))
    if not spans and not unshown and not _is_shown(judge, access, revision, sources):
        if not any(changes(access, source, target) for _, source in sources):
            return  # a rule that the plan does not show lets it through, and stays
        unshown = [f"the rule that lets the load balancer reach {world.index.service(service)} on port {port}"]
    claim = Claim(
        rule="port-closed",
        subject=f"requests to {world.index.service(service)}",
        effect=f"fail: the load balancer does not reach its tasks on port {port}",
        about=(port,),
        concerned=(service,),
        steps=_steps(world, revision, port, spans),
        hidden=(
            *unshown,
            *dict.fromkeys(each for _, source in sources for each in hidden(access, source, target)),
        ),
    )
    yield from needed(judge, claim, spans, revision)


def _steps(world: World, revision: Revision, port: int, spans: Sequence[Span]) -> tuple[str, ...]:
    """Return the steps that keep the port open; empty if the order of the operations decides."""
    if _moves(world, revision.service):
        return _STEPS
    opens = revision.sides == (Side.AFTER,) and not spans
    return tuple(each.format(service=world.index.service(revision.service), port=port) for each in _OPEN * opens)


def _unshown_groups(world: World, revision: Revision, balancer: Change | None) -> Iterator[str]:
    """Yield the security groups of the tasks and of the load balancer that the plan does not show."""
    if not revision.groups(world).complete:
        yield f"{revision.service.address}: security_groups"
    if balancer is not None and not all(world.links(balancer, side, "security_groups").complete for side in SIDES):
        yield f"{balancer.address}: security_groups"


def _is_shown(judge: Judge, access: Access, revision: Revision, sources: Sequence[tuple[Side, End]]) -> bool:
    """Return True if rules of the plan let the load balancer reach the former revision, so they are all shown."""
    world, service = judge.world, revision.service
    if revision.sides != (Side.AFTER,):
        return False
    former = replace(revision, side=Side.BEFORE)
    return any(
        True
        for port in registered(world, service, Side.BEFORE).values()
        for side, source in sources
        if side is Side.BEFORE and port is not None
        for _ in connected(access, source, tasks_end(world, former), side, port)
    )


def _moves(world: World, service: Change) -> bool:
    """Return True if the service listens on other ports after the apply."""
    return len({tuple(sorted(each or 0 for each in registered(world, service, side).values())) for side in SIDES}) > 1
