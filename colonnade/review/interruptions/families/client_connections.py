"""The needs of clients that connect to a load balancer: its listener, its ingress rules, its DNS names.

A listener that starts to redirect also needs what it redirects to.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-alias.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from colonnade.review.interruptions.access import Access, Peer
from colonnade.review.interruptions.connections import balancer_groups
from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.listeners import Endpoint, balancer_of, listeners, listens
from colonnade.review.interruptions.order import applies, destroys
from colonnade.review.interruptions.spans import ALWAYS, WHOLE_APPLY, Need, Span
from colonnade.review.interruptions.world import SIDES, Object, Side
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import LISTENER_RULES
from colonnade.review.plan.values import blocks

_RECORD = "aws_route53_record"


class Redirect(NamedTuple):
    """A listener or a listener rule that starts to redirect to a port of its load balancer."""

    change: Change
    subject: str
    to: Endpoint


def client_connections(judge: Judge) -> Iterator[Interruption]:
    """Yield what keeps clients from the load balancers of a plan."""
    before, after = (listeners(judge.world, side) for side in SIDES)
    access = Access(judge.world)
    for endpoint in sorted(before.keys() & after.keys()):
        concerned = (before[endpoint], after[endpoint])
        claim = Claim(
            rule="listener-unreachable",
            subject=f"connections to port {endpoint.port}",
            effect="are refused: no listener has the port",
            about=(endpoint.port,),
            concerned=concerned,
        )
        yield from judge.need(claim, listens(judge.world, endpoint))
        yield from _let_in(judge, access, endpoint, concerned, WHOLE_APPLY)
    for redirect in _redirects(judge, before, after):
        yield from _redirected(judge, access, redirect)
    yield from _names(judge)


def _let_in(
    judge: Judge, access: Access, endpoint: Endpoint, concerned: tuple[Change, ...], need: Need
) -> Iterator[Interruption]:
    """Yield what keeps clients out that may connect on both sides of the plan."""
    groups = {side: _groups(judge, access, endpoint, side) for side in SIDES}
    if not groups[Side.BEFORE] or not groups[Side.AFTER]:
        return
    objects = [each for side in SIDES for each, _ in groups[side]]
    claim = Claim(
        rule="listener-unreachable",
        subject=f"connections to port {endpoint.port}",
        effect="get no answer: no security group of the load balancer lets them in",
        about=(endpoint.port,),
        concerned=concerned,
        hidden=(*access.hidden(objects, "ingress"), *_hidden_groups(judge, endpoint)),
    )
    sources = {side: access.sources([each for each, _ in groups[side]], endpoint.port, side) for side in SIDES}
    for peer in sorted(sources[Side.BEFORE] | sources[Side.AFTER], key=str):
        spans = {side: _lets_in(access, groups[side], endpoint, side, peer) for side in SIDES}
        if spans[Side.BEFORE] and spans[Side.AFTER]:
            yield from judge.need(claim, [*spans[Side.BEFORE], *spans[Side.AFTER]], need)
        elif spans[Side.BEFORE]:
            goes = isinstance(peer, Object) and judge.world.lasts(peer, Side.BEFORE) != ALWAYS
            yield from _shut_out(judge, claim, spans[Side.BEFORE], wanted=goes or bool(sources[Side.AFTER]))


def _shut_out(judge: Judge, claim: Claim, spans: list[Span], *, wanted: bool) -> Iterator[Interruption]:
    """Yield an interruption if clients may not connect after the apply; it is wanted if others still may, or if the
    client goes as well."""
    cause = min((end for each in spans for end in each.ends), key=str, default=None)
    if cause is None:
        return
    level = Level.WANTED if wanted else Level.INTERRUPTS
    subject = f"some {claim.subject}" if wanted else claim.subject
    effect = "get no answer: no security group of the load balancer lets them in any more"
    reason = f"From then on, {subject} {effect}."
    if claim.hidden:
        level, reason = Level.CANNOT_JUDGE, f"The plan does not show {' and '.join(claim.hidden)}."
    thing = judge.words.thing(judge.world.at(cause.address))
    steps = () if wanted else (f"Keep {thing} as long as clients use the port, and make the other changes. Apply.",)
    claim = replace(claim, subject=subject, effect=effect, steps=steps)
    yield judge.say(level, claim, cause=cause, trace=(judge.words.happens(cause), reason))


def _groups(judge: Judge, access: Access, endpoint: Endpoint, side: Side) -> list[tuple[Object, Span]]:
    balancer = balancer_of(judge.world, endpoint, side)
    if balancer is None:
        return []
    return list(balancer_groups(access, balancer, side))


def _hidden_groups(judge: Judge, endpoint: Endpoint) -> tuple[str, ...]:
    hidden = []
    for side in SIDES:
        balancer = balancer_of(judge.world, endpoint, side)
        if balancer is not None and not judge.world.links(balancer, side, "security_groups").complete:
            hidden.append(f"{balancer.address}: security_groups")
    return tuple(hidden)


def _lets_in(
    access: Access, groups: list[tuple[Object, Span]], endpoint: Endpoint, side: Side, peer: Peer
) -> list[Span]:
    return [span & each for group, span in groups for each in access.spans(group, "ingress", side, endpoint.port, peer)]


def _redirects(judge: Judge, before: Mapping[Endpoint, Change], after: Mapping[Endpoint, Change]) -> Iterator[Redirect]:
    """Yield the redirects that begin with the apply, on ports that clients have used before."""
    endpoints = {listener.address: endpoint for endpoint, listener in after.items() if endpoint in before}
    for endpoint in endpoints.values():
        yield from _begins(judge, before[endpoint], after[endpoint], endpoint, "default_action")
    for rule in judge.world.of(*LISTENER_RULES, side=Side.AFTER):
        for listener in judge.world.links(rule, Side.AFTER, "listener_arn").objects:
            if listener.address in endpoints:
                yield from _begins(judge, rule, rule, endpoints[listener.address], "action")


def _begins(judge: Judge, former: Change, change: Change, endpoint: Endpoint, argument: str) -> Iterator[Redirect]:
    old, to = (
        _redirects_to(judge.world.value(each, side, argument), endpoint)
        for each, side in ((former, Side.BEFORE), (change, Side.AFTER))
    )
    if to is not None and to not in (endpoint, old):
        subject = f"connections to port {endpoint.port}"
        if change.type in LISTENER_RULES:
            subject = f"requests that match {judge.words.thing(change)}"
        yield Redirect(change=change, subject=subject, to=to)


def _redirected(judge: Judge, access: Access, redirect: Redirect) -> Iterator[Interruption]:
    """Yield what a listener or a rule that starts to redirect comes too early for."""
    world, to, change = judge.world, redirect.to, redirect.change
    need = Need(first=applies(change.address))
    spans = listens(world, to)
    known = spans or all(balancer_of(world, to, side) is not None for side in SIDES)
    claim = Claim(
        rule="redirect-too-early",
        subject=redirect.subject,
        effect=f"are redirected to port {to.port}, where no listener is",
        about=(to.port,),
        concerned=(change,),
        hidden=() if known else (f"the listeners of {to.balancer}",),
    )
    yield from judge.need(claim, spans, need)
    yield from _let_in_redirected(judge, access, to, change, need)


def _let_in_redirected(
    judge: Judge, access: Access, to: Endpoint, listener: Change, need: Need
) -> Iterator[Interruption]:
    objects, peers = list[Object](), set[Peer]()
    for side in SIDES:
        groups = _groups(judge, access, to, side)
        objects += [group for group, _ in groups]
        peers |= access.sources([group for group, _ in groups], to.port, Side.AFTER)
    if not objects:
        return
    claim = Claim(
        rule="redirect-too-early",
        subject="redirected connections",
        effect=f"get no answer: no security group of the load balancer lets them in on port {to.port}",
        about=(to.port,),
        concerned=(listener,),
        hidden=(*access.hidden(objects, "ingress"), *_hidden_groups(judge, to)),
    )
    if not peers and any(access.permits(each, "ingress", side) for each in objects for side in SIDES):
        yield from judge.need(claim, (), need)
    for peer in sorted(peers, key=str):
        spans = [each for side in SIDES for each in _lets_in(access, _groups(judge, access, to, side), to, side, peer)]
        yield from judge.need(claim, spans, need)


def _redirects_to(action: Any, endpoint: Endpoint) -> Endpoint | None:
    """Return the port of the load balancer that a default action redirects to; None for another action."""
    for redirect in blocks(blocks(action)[-1].get("redirect")) if blocks(action) else ():
        port, host = redirect.get("port"), redirect.get("host")
        if blocks(action)[-1].get("type") == "redirect" and host in (None, "#{host}") and isinstance(port, str):
            return Endpoint(endpoint.balancer, int(port) if port.isdigit() else endpoint.port)
    return None


def _names(judge: Judge) -> Iterator[Interruption]:
    """Yield each DNS name that does not resolve for a time, or from then on.

    A name with a leading underscore only validates a certificate.
    """
    before, after = (_records(judge, side) for side in SIDES)
    for key, record in before.items():
        name = str(key[1])
        claim = Claim(
            rule="dns-name-removed",
            subject=f"clients that use {name}",
            effect="fail",
            about=(name,),
            concerned=(record,),
        )
        if key in after:
            spans = [judge.world.exists(record, Side.BEFORE), judge.world.exists(after[key], Side.AFTER)]
            yield from judge.need(claim, spans)
        elif record.action in (Action.DESTROY, Action.REPLACE):
            sentence = (
                f"The name {name} is removed: clients that use it fail, after their resolvers' caches at the latest."
            )
            yield judge.say(Level.INTERRUPTS, claim, cause=destroys(record.address), trace=(sentence,))


def _records(judge: Judge, side: Side) -> Mapping[tuple[object, ...], Change]:
    found: dict[tuple[object, ...], Change] = {}
    for record in judge.world.of(_RECORD, side=side):
        values = judge.world.values(record, side)
        name = values.get("name")
        if isinstance(name, str) and not name.startswith("_"):
            zone = judge.world.links(record, side, "zone_id").objects
            found[zone, name, str(values.get("type")), values.get("set_identifier")] = record
    return found
