"""The needs of a rule that gets a priority: the rule that has it must have left it, else AWS refuses (PriorityInUse).

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html
"""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.analysis.listener_rules import rules
from colonnade.review.analysis.rule_priorities import Priorities, by_listener
from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.order import Operation, applies
from colonnade.review.interruptions.world import Object, Side
from colonnade.review.plan.document import Action
from colonnade.review.plan.values import Fact

_REFUSED = "AWS refuses this (PriorityInUse), and the apply stops halfway."
_ONE_EACH = "Give each of the two rules a priority of its own. Apply."


def priorities(judge: Judge) -> Iterator[Interruption]:
    """Yield each rule whose new priority another rule has at that time."""
    before, after = (rules(judge.world.changes, judge.world.index, after=side) for side in (False, True))
    for each in by_listener(before, after):
        for address in each.after:
            yield from _taken(judge, each, address)


def _taken(judge: Judge, found: Priorities, address: str) -> Iterator[Interruption]:
    twice = found.also_given(address)
    if twice is not None:
        yield _given_twice(judge, found, address, twice)
        return
    holder = found.holder(address)
    if holder is None or (holder == address and judge.world.at(address).action is not Action.REPLACE):
        return
    if _listener(judge, address, Side.AFTER) != _listener(judge, holder, Side.BEFORE):
        return  # the listener is replaced, and the new one has no rules yet
    takes, leaves = applies(address), judge.world.leaves(judge.world.at(holder))
    if judge.order.before(leaves, takes):
        return
    certain = judge.order.before(takes, leaves) or _is_cycle(found, address)
    may = "has" if certain else "may still have"
    yield _fails(
        judge,
        rule="priority-changed" if address in found.before else "priority-taken",
        takes=takes,
        subject=f"the rule for {found.path(address)}",
        effect=f"gets priority {found.after[address]}, which the rule for {found.path(holder)} {may}",
        steps=found.steps(address) if holder != address else (),
        certain=certain,
        about=(found.path(address), found.after[address], holder),
        trace=(judge.words.happens(takes), f"{judge.words.thing(judge.world.at(holder))} {may} that priority."),
    )


def _listener(judge: Judge, rule: str, side: Side) -> tuple[Object, ...]:
    return judge.world.links(judge.world.at(rule), side, "listener_arn").objects


def _given_twice(judge: Judge, found: Priorities, address: str, other: str) -> Interruption:
    return _fails(
        judge,
        rule="priority-given-twice",
        takes=applies(address),
        subject=f"the rules for {found.path(address)} and {found.path(other)}",
        effect=f"both get priority {found.after[address]} of one listener",
        steps=(_ONE_EACH,),
        certain=True,
        about=(found.path(address), found.after[address], other),
        trace=(judge.words.happens(applies(address)), f"{judge.words.thing(judge.world.at(other))} has that priority."),
    )


def _fails(
    judge: Judge,
    *,
    rule: str,
    takes: Operation,
    subject: str,
    effect: str,
    steps: tuple[str, ...],
    certain: bool,
    about: tuple[Fact, ...],
    trace: tuple[str, str],
) -> Interruption:
    claim = Claim(rule=rule, subject=subject, effect=effect, about=about, steps=steps)
    sentences = (trace[0], f"{trace[1][0].upper()}{trace[1][1:]}", _REFUSED)
    return judge.say(Level.FAILS, claim, cause=takes, trace=sentences, prevents_apply=certain)


def _is_cycle(found: Priorities, address: str) -> bool:
    """Return True if each rule waits for the next one to leave, round to the first: two that exchange priorities."""
    seen = [address]
    while True:
        holder = found.holder(seen[-1]) if seen[-1] in found.after else None
        if holder is None or holder == seen[-1]:
            return False
        if holder == address:
            return True
        if holder in seen:
            return False
        seen.append(holder)
