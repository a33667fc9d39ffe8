"""The frame of every family of needs: a need that spans do not cover becomes an interruption in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.order import Kind, Operation
from colonnade.review.interruptions.spans import WHOLE_APPLY, Gap, Need, Span, covered
from colonnade.review.interruptions.words import Words
from colonnade.review.interruptions.world import World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.values import Fact

_CREATE_FIRST = "Set `create_before_destroy = true` in the lifecycle of {block}. Apply, then apply this change."

_KEEP = "Keep {thing}, and make the other changes. Apply."
_REMOVE = "Remove {thing}. Apply."


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The claim about a need: who fails without it, and how."""

    rule: str
    subject: str
    effect: str
    effects: Mapping[str, str] = field(default_factory=dict)
    """Other effects, by the type of the resource whose operation begins or ends the gap."""
    about: tuple[Fact, ...] = ()
    """The facts that identify the subject beside the resources concerned, such as a path or a port, without words."""
    concerned: tuple[Change, ...] = ()
    """The resources whose services are concerned; the first one is the address if no operation is the cause."""
    steps: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    """The attributes that the need depends on and that the plan does not show, as `ADDRESS: attribute`."""


class Judge:
    """The judge of one plan: its world and its words."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.words = Words(world)
        self.order = world.order

    def need(self, claim: Claim, spans: Sequence[Span], need: Need = WHOLE_APPLY) -> Iterator[Interruption]:
        """Yield an interruption if the spans do not cover the need in every order of the operations."""
        gap = covered(self.order, spans, need)
        if gap is None:
            return
        for operation in (gap.loss, gap.until):
            if operation is not None:
                claim = replace(claim, effect=claim.effects.get(self.world.at(operation.address).type, claim.effect))
        if claim.hidden or self._is_undecided(spans, need):
            yield self._not_judged(claim, gap)
            return
        level = Level.INTERRUPTS if gap.certain else Level.MAY_INTERRUPT
        yield self.say(level, claim, cause=gap.loss or gap.until, trace=self._trace(claim, gap), gap=gap)

    def say(
        self,
        level: Level,
        claim: Claim,
        *,
        cause: Operation | None = None,
        trace: Sequence[str] = (),
        prevents_apply: bool = False,
        gap: Gap | None = None,
    ) -> Interruption:
        """Return an interruption of a level, caused by an operation."""
        own = [self.world.at(cause.address)] if cause is not None else []
        return Interruption(
            level=level,
            rule=claim.rule,
            address=own[0].address if own else claim.concerned[0].address,
            subjects=(claim.subject,),
            effect=claim.effect,
            services=self.words.services(*claim.concerned, *own),
            trace=tuple(trace),
            steps=claim.steps or self._ordered(gap),
            cause=cause,
            about=((tuple(each.address for each in claim.concerned), claim.about),),
            prevents_apply=prevents_apply,
            approximate=self.order.approximate,
        )

    def _trace(self, claim: Claim, gap: Gap) -> tuple[str, ...]:
        return self.words.trace(gap, f"{claim.subject} {claim.effect}")

    def _is_undecided(self, spans: Sequence[Span], need: Need) -> bool:
        """Return True if only the graph shows the order: the JSON lacks `create_before_destroy` of a destroy."""
        at_best = self.order.at_best
        return at_best is not None and covered(at_best, spans, need) is None

    def _not_judged(self, claim: Claim, gap: Gap) -> Interruption:
        cause = gap.loss or gap.until
        if claim.hidden:
            reason = f"The plan does not show {' and '.join(claim.hidden)}."
        else:
            reason = "Only the graph of the plan shows which of the two comes first."
        return self.say(Level.CANNOT_JUDGE, claim, cause=cause, trace=(*self._trace(claim, gap), reason))

    def _ordered(self, gap: Gap | None) -> tuple[str, ...]:
        """Return the steps that put the destroy of a gap after the operation that ends it; empty if nothing ends it."""
        loss = gap.loss if gap is not None else None
        if gap is None or loss is None or loss.kind is not Kind.DESTROY:
            return ()
        change = self.world.at(loss.address)
        if change.action is Action.REPLACE:
            helps = change.type in _CREATED_FIRST and not change.creates_first and not _is_duplicate(change)
            return (_CREATE_FIRST.format(block=change.address),) if helps else ()
        thing = self.words.thing(change)
        return (_KEEP.format(thing=thing), _REMOVE.format(thing=thing)) if gap.until is not None else ()


_CREATED_FIRST = frozenset(
    {
        "aws_vpc_security_group_ingress_rule",
        "aws_vpc_security_group_egress_rule",
        "aws_security_group_rule",
        "aws_security_group",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_lb_listener_rule",
    }
)
"""The types of which a new object may exist beside the old one, so that creating it first leaves no gap."""

_COMPARED = ("security_group_id", "type", "protocol", "from_port", "to_port")
_SOURCES = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids")


def _is_duplicate(change: Change) -> bool:
    """Return True if the new rule repeats a part of the old one: AWS refuses it while the old one exists.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidPermission.Duplicate)
    """
    before, after = change.before or {}, change.after or {}
    same = all(before.get(each) == after.get(each) for each in _COMPARED)
    lists = ([side[each] for each in _SOURCES if isinstance(side.get(each), list)] for side in (before, after))
    old, new = ({block for each in own for block in each if isinstance(block, str)} for own in lists)
    return change.type == "aws_security_group_rule" and same and not old.isdisjoint(new)
