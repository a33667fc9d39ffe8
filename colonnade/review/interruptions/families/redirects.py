"""The needs of a request that is redirected: it must not come back to where it has been.

A load balancer does not follow its own redirects. The client does, and gives up after about 20.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#redirect-actions
https://fetch.spec.whatwg.org/#http-redirect-fetch
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.listeners import Endpoint, listeners
from colonnade.review.interruptions.order import Operation, applies
from colonnade.review.interruptions.requests import Request
from colonnade.review.interruptions.rule_tables import Tables, Version, rule_tables
from colonnade.review.interruptions.world import SIDES, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.listener_actions import actions
from colonnade.review.plan.resource_index import BALANCERS, LISTENER_RULES
from colonnade.review.plan.values import blocks

_MOST = 20
_MOST_SHOWN = 4
_PARTS = {"protocol": "#{protocol}", "port": "#{port}", "host": "#{host}", "path": "/#{path}", "query": "#{query}"}
"""The parts of a redirect's URL, each with its default."""
_STEP = "Let {thing} forward to a target group, or redirect to where no rule redirects. Apply."


class Hop(NamedTuple):
    """A redirect of one request."""

    version: Version
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The place that a request has reached."""

    endpoint: Endpoint
    request: Request


def redirects(judge: Judge) -> Iterator[Interruption]:
    """Yield each request that the plan's redirects lead back to where it has been."""
    tables = rule_tables(judge.world)
    before, after = (_Followed(judge.world, tables, side) for side in SIDES)
    for endpoint in sorted(before.listeners.keys() & after.listeners.keys()):
        versions = [each for one in (before, after) for each in one.versions(endpoint)]
        for request in dict.fromkeys(sample for each in versions for sample in each.conditions.samples()):
            place = _Place(endpoint=endpoint, request=request)
            circle = after.circle(place)
            if circle and not before.circle(place):
                yield _interruption(judge, place, circle, before.first(place))


def _interruption(judge: Judge, place: _Place, circle: Sequence[Hop], former: Version | None) -> Interruption:
    changed = [each.version.change for each in circle if each.version.change.action is not Action.NONE]
    cause = _cause(judge, changed, former)
    last = circle[-1].version.change
    claim = Claim(
        rule="redirected-in-a-circle",
        subject=f"{place.request.words} on port {place.endpoint.port}",
        effect="are redirected in a circle, until clients give up",
        about=(place.request.host, place.request.path, place.endpoint.port),
        concerned=tuple(each.version.change for each in circle),
        steps=(_STEP.format(thing=judge.words.thing(changed[0] if changed else last)),),
    )
    things = ((judge.words.thing(each.version.change), each.url) for each in circle[:_MOST_SHOWN])
    trace = [f"{thing[0].upper()}{thing[1:]} redirects them to {url}." for thing, url in things]
    if cause is not None:
        trace.insert(0, judge.words.happens(cause))
    complete = all(each.version.conditions.complete for each in circle)
    return judge.say(Level.INTERRUPTS if complete else Level.CANNOT_JUDGE, claim, cause=cause, trace=trace)


def _cause(judge: Judge, changed: Sequence[Change], former: Version | None) -> Operation | None:
    """Return the operation that begins the circle: of a redirect, or of the rule that answered the requests."""
    if changed:
        return applies(changed[0].address)
    return judge.world.leaves(former.change) if former is not None else None


class _Followed:
    """The redirects on one side of the plan."""

    def __init__(self, world: World, tables: Mapping[str, Tables], side: Side) -> None:
        self._world, self._tables, self._side = world, tables, side
        self.listeners = listeners(world, side)

    def versions(self, endpoint: Endpoint) -> Sequence[Version]:
        """Return the rules of a listener, in order of evaluation."""
        listener = self.listeners.get(endpoint)
        return self._tables[listener.address][self._side] if listener is not None else ()

    def first(self, place: _Place) -> Version | None:
        """Return the rule that takes a request."""
        found = self.versions(place.endpoint)
        return next((each for each in found if each.conditions.matches(place.request)), None)

    def circle(self, place: _Place) -> Sequence[Hop]:
        """Return the redirects that a request passes if these do not end; empty if they do."""
        hops, seen = list[Hop](), {place}
        while len(hops) < _MOST:
            version = self.first(place)
            values = self._redirect(version) if version is not None else None
            if version is None or values is None:
                return ()
            url = _filled(values, place, self._protocol(place.endpoint))
            hops.append(Hop(version, f"{url['protocol'].lower()}://{url['host'] or 'HOST'}:{url['port']}{url['path']}"))
            reached = self._reached(place, url, values)
            if reached is None:
                return ()
            if reached in seen:
                break
            place = reached
            seen.add(place)
        return hops

    def _redirect(self, version: Version) -> Mapping[str, str] | None:
        """Return the parts of the URL that a rule redirects to; None if it does not, or the plan does not show it."""
        argument = "action" if version.change.type in LISTENER_RULES else "default_action"
        found = blocks(list(actions(version.change, argument, after=self._side is Side.AFTER)))
        declared = blocks(found[-1].get("redirect")) if version.kind == "redirect" else []
        values: dict[str, Any] = {name: each.get(name) or usual for each in declared for name, usual in _PARTS.items()}
        return values if values and all(isinstance(each, str) for each in values.values()) else None

    def _reached(self, place: _Place, url: Mapping[str, str], values: Mapping[str, str]) -> _Place | None:
        """Return the place that a redirect leads to; None if it leads elsewhere, or no listener is there."""
        if not url["port"].isdigit():
            return None
        endpoint = Endpoint(place.endpoint.balancer, int(url["port"]))
        is_same_host = url["host"] == place.request.host
        if endpoint not in self.listeners or url["protocol"] != self._protocol(endpoint):
            return None
        if not is_same_host and url["host"] not in self._hosts(endpoint):
            return None
        query = place.request.query if values["query"] == _PARTS["query"] else ()
        return _Place(
            endpoint=endpoint, request=replace(place.request, path=url["path"], host=url["host"], query=query)
        )

    def _protocol(self, endpoint: Endpoint) -> str:
        return str(self._world.value(self.listeners[endpoint], self._side, "protocol") or "HTTP")

    def _hosts(self, endpoint: Endpoint) -> frozenset[str]:
        """Return the hosts that are known to lead to a load balancer: those of its rules and its alias records."""
        tests = (each for version in self.versions(endpoint) for each in version.conditions.tests)
        named = [value for each in tests if each.type == "host_header" for value in each.values]
        balancers = [each for each in self._world.of(*BALANCERS, side=self._side) if each.address == endpoint.balancer]
        dns_names = {str(self._world.value(each, self._side, "dns_name")).lower() for each in balancers}
        for record in self._world.of("aws_route53_record", side=self._side):
            alias = blocks(self._world.value(record, self._side, "alias"))
            if any(str(each.get("name")).lower() in dns_names for each in alias):
                named.append(str(self._world.value(record, self._side, "name")))
        return frozenset(named)


def _filled(values: Mapping[str, str], place: _Place, protocol: str) -> Mapping[str, str]:
    """Return the parts of a redirect's URL with those of the request in place of `#{…}`."""
    own = {
        "protocol": protocol,
        "port": str(place.endpoint.port),
        "host": place.request.host,
        "path": place.request.path.removeprefix("/"),
    }
    filled = dict(values)
    for part, value in own.items():
        filled = {name: each.replace(f"#{{{part}}}", value) for name, each in filled.items()}
    return filled
