"""The needs of a request to a path: a listener rule that sends it to target groups in which tasks are healthy.

A sample request of each rule is followed through the apply. Rules that are evaluated before the right one, for a time,
take its requests. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import product

from colonnade.review.analysis.listener_rules import rules
from colonnade.review.analysis.next_steps import successor_steps, take_over_steps
from colonnade.review.analysis.rule_priorities import Priorities, by_listener
from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.listeners import closed_listeners
from colonnade.review.interruptions.order import applies
from colonnade.review.interruptions.requests import Request
from colonnade.review.interruptions.rule_tables import Tables, Version, rule_tables
from colonnade.review.interruptions.spans import ALWAYS, Span, covered
from colonnade.review.interruptions.targets import Served, Targets
from colonnade.review.interruptions.world import SIDES, Object, Side
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import LISTENER_RULES, SERVICE, is_declared

_EFFECT = "match another rule, and get 404 or another service's answer"
_EFFECTS = {SERVICE: "get 503"}
"""The load balancer answers 503 if a target group has no healthy targets."""
_LATER = (
    "Give the new rule a condition that no request meets yet. Apply, and wait until the new tasks are healthy.",
    "Remove the condition. Apply.",
)


def paths(judge: Judge) -> Iterator[Interruption]:
    """Yield each path whose requests a service does not answer for a time."""
    followed = _Followed(judge)
    closed = {each.address for each in closed_listeners(judge.world)}
    for listener, tables in rule_tables(judge.world).items():
        if tables[Side.BEFORE] and tables[Side.AFTER] and listener not in closed:
            known, named = (
                {each: None for version in tables[side] for each in version.conditions.samples()} for side in SIDES
            )
            for request in known | named:
                yield from followed.request(tables, request, is_new=request not in known)


class _Followed:
    """The requests that are followed through the apply."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._world = judge.world
        self._targets = Targets(judge.world)
        self._served: dict[tuple[Object, Side], Served] = {}

    def request(self, tables: Tables, request: Request, *, is_new: bool) -> Iterator[Interruption]:
        """Yield an interruption if no service that is right for the request answers it for a time.

        `is_new`: no rule names the request before the apply.
        """
        matching = {side: [each for each in tables[side] if each.conditions.matches(request)] for side in SIDES}
        if not matching[Side.BEFORE] or not matching[Side.AFTER]:
            return
        before, after = matching[Side.BEFORE][0], matching[Side.AFTER][0]
        if before.kind != "forward" or before.has_no_weight or self._has_no_tasks(before) or self._has_no_tasks(after):
            return
        claim = self._claim(request, before, after, matching)
        if _falls_through(before, after, matching):
            return  # `lost_paths` reports it
        right = {before.answer, after.answer}
        versions = [*matching[Side.BEFORE], *matching[Side.AFTER]]
        found = [(each, list(self._spans(each, versions, right))) for each in versions if each.answer in right]
        spans = [span for _, own in found for span in own]
        if covered(self._judge.order, spans) is not None:
            claim = replace(claim, steps=self._steps(request, before, after))
        gaps = list(self._judge.need(claim, spans)) or list(self._unwaited(claim, found))
        unclear = before.answer != after.answer or any(self._of(each, after.side).unclear for each in after.targets)
        if not gaps and claim.hidden and unclear:
            cause, reason = self._world.leaves(before.change), f"The plan does not show {' and '.join(claim.hidden)}."
            gaps = [self._judge.say(Level.CANNOT_JUDGE, claim, cause=cause, trace=(reason,))]
        yield from gaps
        if not gaps and before.answer != after.answer:
            yield from self._in_front(claim, before, [each for each in versions if each.answer in right], is_new=is_new)

    def _in_front(
        self, claim: Claim, before: Version, versions: Sequence[Version], *, is_new: bool
    ) -> Iterator[Interruption]:
        """Yield an interruption if a rule takes the request from another one before its own tasks are healthy."""
        found = [(each, list(self._spans(each, versions, {each.answer}))) for each in versions]
        spans = [span for _, own in found for span in own]
        gaps = list(self._judge.need(claim, spans)) or list(self._unwaited(claim, found))
        yield from self._questions(gaps, before) if is_new else gaps

    def _questions(self, gaps: Iterable[Interruption], before: Version) -> Iterator[Interruption]:
        """Yield the interruptions of new requests as questions: only a person knows whether clients send them already.

        Requests that a default action took before are those of a new service, which no client sends yet.
        """
        thing = self._judge.words.thing(before.change)
        question = f"Before, {thing} takes these requests: if clients send them already, they fail meanwhile."
        for each in gaps:
            if not each.level.blocks:
                yield each
            elif before.change.type in LISTENER_RULES:
                steps = () if is_declared(each.address) else _LATER
                yield replace(each, level=Level.QUESTION, trace=(*each.trace, question), steps=steps)

    def _unwaited(self, claim: Claim, found: Sequence[tuple[Version, list[Span]]]) -> Iterator[Interruption]:
        """Yield an interruption if only tasks that the apply does not wait for answer the request for a time."""
        late = [service for version, _ in found for service in self._late(version)]
        waited = [span for version, own in found if not self._late(version) for span in own]
        if not late or covered(self._judge.order, waited) is None:
            return
        service = late[0]
        name = self._world.index.service(service)
        trace = (
            self._judge.words.happens(applies(service.address)),
            "The apply does not wait for its tasks (wait_for_steady_state).",
            f"Until the new tasks of {name} are healthy, {claim.subject} get 503.",
        )
        claim = replace(
            claim, effect="get 503", steps=(f"Set wait_for_steady_state = true in {service.address}. Apply.",)
        )
        level = Level.CANNOT_JUDGE if claim.hidden else Level.MAY_INTERRUPT
        yield self._judge.say(level, claim, cause=applies(service.address), trace=trace)

    def _late(self, version: Version) -> tuple[Change, ...]:
        return tuple(each for group in version.targets for each in self._of(group, version.side).unwaited)

    def _has_no_tasks(self, version: Version) -> bool:
        """Return True if all services behind a rule have a desired count of 0; `without_tasks` reports a new one."""
        served = [self._of(group, version.side) for group in version.targets]
        return bool(served) and not any(each.spans or each.moved for each in served)

    def _claim(
        self, request: Request, before: Version, after: Version, matching: Mapping[Side, Sequence[Version]]
    ) -> Claim:
        """Return the claim without steps, which take longest to find and only an interruption needs."""
        served = [self._of(group, each.side) for each in (before, after) for group in each.targets]
        unclear = [each.change.address for side in SIDES for each in matching[side] if not each.conditions.complete]
        unresolved = [each.change.address for each in (before, after) if not each.complete or each.kind is None]
        empty = after.has_no_weight or any(each.moved for each in served)
        return Claim(
            rule="path-interrupted",
            subject=request.words,
            effect="get 503" if empty else _EFFECT,
            effects=_EFFECTS,
            about=(request.host, request.path),
            concerned=(after.change, before.change, *(service for each in served for service in each.services)),
            hidden=(
                *(each for own in served for each in own.hidden),
                *(f"{each}: condition" for each in unclear),
                *(f"{each}: action" for each in unresolved),
            ),
        )

    def _steps(self, request: Request, before: Version, after: Version) -> tuple[str, ...]:
        """Return the steps by which a new service takes over the path, or the rules get their priorities."""
        former, successor = (self._services(each) for each in (before, after))
        if former and successor and all(each.action is Action.CREATE for each in successor):
            names = [self._world.index.service(each[0]) for each in (former, successor)]
            if is_declared(successor[0].address):
                return take_over_steps(names[0], names[1], request.path.removesuffix("/x"))
            return successor_steps(*names, one_group=before.answer == after.answer)
        leavers = [each for group in after.targets for each in self._of(group, after.side).moved]
        if leavers and all(each.action is Action.DESTROY for each in leavers):
            thing = self._judge.words.thing
            return (
                f"Remove {thing(after.change)}, or let it forward to another service. Apply.",
                *(f"Remove {thing(each)}. Apply." for each in leavers),
            )
        address = before.change.address
        moved = next((each for each in self._priorities if each.moved and address in each.before), None)
        return moved.steps(address) if moved is not None else ()

    def _services(self, version: Version) -> list[Change]:
        return [each for group in version.targets for each in self._targets.services(group, version.side)]

    @cached_property
    def _priorities(self) -> list[Priorities]:
        world = self._world
        return list(by_listener(*(rules(world.changes, world.index, after=side) for side in (False, True))))

    def _of(self, group: Object, side: Side) -> Served:
        key = (group, side)
        if key not in self._served:
            self._served[key] = self._targets.served(group, side)
        return self._served[key]

    def _spans(self, version: Version, versions: Sequence[Version], right: set[object]) -> Iterator[Span]:
        """Yield the spans in which a version answers the request rightly: it is evaluated first, and its target groups
        have healthy tasks."""
        span = self._active(version, versions)
        for other in versions:
            first = other.priority < version.priority and other.change is not version.change
            if first and other.answer not in right:
                hidden = self._gone(other, versions)
                if hidden is None:
                    return
                span &= hidden
        if version.has_no_weight:
            return
        served = [self._of(group, version.side).spans for group in version.targets]
        for combination in product(*served):
            whole = span
            for each in combination:
                whole &= each
            yield whole

    def _active(self, version: Version, versions: Sequence[Version]) -> Span:
        same = any(
            each.change is version.change and each.side is not version.side and _is_same(each, version)
            for each in versions
        )
        return self._world.holds(version.change, version.side, on_both=same)

    def _gone(self, version: Version, versions: Sequence[Version]) -> Span | None:
        """Return the time in which a version does not take the request; None if it always does."""
        active = self._active(version, versions)
        if active == ALWAYS:
            return None
        return Span(starts=active.ends) if version.side is Side.BEFORE else Span(ends=active.starts)


def _falls_through(before: Version, after: Version, matching: Mapping[Side, Sequence[Version]]) -> bool:
    """Return True if the rule for a path goes, and its requests match a rule that was evaluated after it."""
    goes = all(each.change is not before.change for each in matching[Side.AFTER])
    stood = any(each.change is after.change and each.answer == after.answer for each in matching[Side.BEFORE])
    return goes and stood


def _is_same(one: Version, other: Version) -> bool:
    """Return True if an update in place does not change how the rule treats the request."""
    replaced = one.change.action is Action.REPLACE
    return not replaced and (one.priority, one.kind, one.targets) == (other.priority, other.kind, other.targets)
