"""The needs of the tasks of one revision, judged by when ECS notices that something is missing.

New tasks get no requests before they are healthy, and ECS starts tasks again that do not start. So what is missing when
a rollout begins only delays it, unless it comes after the rollout or never: then the rollout fails.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.order import Operation
from colonnade.review.interruptions.revisions import Revision
from colonnade.review.interruptions.spans import Span, covered
from colonnade.review.interruptions.world import Side

_WITHOUT = "Apply {thing} alone: `terraform apply -target='{address}'`."
_ROLLOUT = "Apply this change."
_NEVER_HEALTHY = "The rollout does not get healthy tasks, and the apply fails."


def needed(
    judge: Judge, claim: Claim, spans: Iterable[Span], revision: Revision, *, only_starts: bool = False
) -> Iterator[Interruption]:
    """Yield an interruption if the spans do not cover the time in which the tasks of a revision serve.

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
    return (_WITHOUT.format(thing=judge.words.thing(judge.world.at(late.address)), address=late.address), _ROLLOUT)
