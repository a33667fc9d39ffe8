"""Listeners and rules that a plan makes less safe: redirects to another host, authentication and conditions taken off,
plain HTTP, older versions of TLS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.ports import are_internet, is_internet
from colonnade.review.analysis.rule_changes import RuleChanges
from colonnade.review.plan.document import Change
from colonnade.review.plan.listener_actions import action_type, actions
from colonnade.review.plan.resource_index import LISTENER_RULES, LISTENERS, ResourceIndex
from colonnade.review.plan.values import UNKNOWN, blocks, is_known, within

_ENCRYPTED, _PLAIN = ("HTTPS", "TLS"), ("HTTP", "TCP")
_FINAL = ("forward", "redirect", "fixed-response")
_SAME_HOST = (None, "", "#{host}")
_IDENTITY = ("issuer", "user_pool_arn", "client_id", "user_pool_client_id", "jwks_endpoint")
_SOURCES = ("condition", "source_ip", "values")
_RESTRICTING = ("source_ip", "http_header")
_SAFE_TLS = (1, 2)
"""The oldest version that needs no approval: https://datatracker.ietf.org/doc/html/rfc8996."""
_TLS = re.compile(r"(?:TLS13|TLS|FS)-1-(\d)")
_POLICY = "ELBSecurityPolicy-"


def unsafe_listeners(changes: Sequence[Change], index: ResourceIndex, rules: RuleChanges) -> Iterator[Finding]:
    """Yield a finding for each listener or rule that becomes less safe."""
    listeners = [each for each in changes if each.type in LISTENERS and each.after is not None]
    encrypted = {_balancer(each, index) for each in listeners if each.judged(after=True).get("protocol") in _ENCRYPTED}
    plain = {
        each.address
        for each in listeners
        if each.judged(after=True).get("protocol") == "HTTP" and _balancer(each, index) in encrypted - {None}
    }
    for change in changes:
        if not change.remains:
            continue
        if change.type in LISTENERS:
            yield from _actions(change, "default_action")
            yield from _plain_http(change, "default_action", beside_https=change.address in plain)
            yield from _to_plain_http(change, "default_action", change)
            yield from _tls(change)
            yield from _left_port(change, listeners, index)
        elif change.type in LISTENER_RULES:
            listener = index.referred(change, ("listener_arn",), after=True)
            yield from _actions(change, "action")
            yield from _plain_http(change, "action", beside_https=listener is not None and listener.address in plain)
            yield from _to_plain_http(change, "action", listener)
    yield from _conditions(changes, rules)


def _protection(address: str, rule: str, reason: str, kind: Kind = Kind.PROTECTION) -> Finding:
    return Finding(address=address, rule=rule, reason=reason, kind=kind)


def _balancer(listener: Change, index: ResourceIndex) -> Any:
    """Return the key of a listener's load balancer; None if it is not known."""
    found = index.referred(listener, ("load_balancer_arn",), after=True)
    arn = (listener.after or {}).get("load_balancer_arn")
    return found.address if found is not None else arn if isinstance(arn, str) else None


def _actions(change: Change, argument: str) -> Iterator[Finding]:
    before, after = (blocks(change.judged(after=side).get(argument)) for side in (False, True))
    host = _redirect_host(after)
    if host not in _SAME_HOST and host != _redirect_host(before):
        shown = _redirect_host(blocks(list(actions(change, argument, after=True)))) or "(sensitive)"
        reason = f"redirects requests to another host, {shown}"
        yield _protection(change.address, "redirected-elsewhere", reason, Kind.EXPOSURE)
    old, new = (
        {str(action_type(each)): each for each in side if action_type(each) not in (*_FINAL, None)}
        for side in (before, after)
    )
    if old and not new:
        yield _protection(change.address, "authentication-removed", f"takes the action {', '.join(old)} away")
    for type_ in old.keys() & new.keys():
        yield from _weaker_authentication(change.address, old[type_], new[type_])


def _redirect_host(found: Sequence[Mapping[str, Any]]) -> Any:
    last = found[-1] if found else {}
    if action_type(last) != "redirect":
        return None
    return (blocks(last.get("redirect")) or [{}])[0].get("host")


def _weaker_authentication(address: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    for name in sorted(old.keys() & new.keys()):
        for before, after in zip(blocks(old[name]), blocks(new[name]), strict=False):
            if after.get("on_unauthenticated_request") == "allow" != before.get("on_unauthenticated_request"):
                yield _protection(address, "authentication-removed", "lets requests without a login pass (allow)")
            for each in _IDENTITY:
                if before.get(each) and isinstance(after.get(each), str) and after[each] != before[each]:
                    reason = f"another identity provider decides who logs in ({each})"
                    yield _protection(address, "authentication-removed", reason)


def _plain_http(change: Change, argument: str, *, beside_https: bool) -> Iterator[Finding]:
    before, after = (_last_type(change, argument, after=side) for side in (False, True))
    redirected = before == "redirect" and (change.after or {}).get("protocol", "HTTP") == "HTTP"
    if after == "forward" != before and (beside_https or (redirected and argument == "default_action")):
        reason = "forwards requests over plain HTTP, beside a listener for HTTPS"
        yield _protection(change.address, "plain-http", reason)


def _to_plain_http(change: Change, argument: str, listener: Change | None) -> Iterator[Finding]:
    """Yield a finding for a redirect from HTTPS to HTTP."""
    if listener is None or listener.judged(after=True).get("protocol") != "HTTPS":
        return
    before, after = (
        _last_type(change, argument, after=side) == "redirect"
        and "HTTP" in within(blocks(change.judged(after=side).get(argument))[-1:], ("redirect", "protocol"))
        for side in (False, True)
    )
    if after and not before:
        yield _protection(change.address, "plain-http", "redirects requests from HTTPS to plain HTTP")


def _last_type(change: Change, argument: str, *, after: bool) -> str | None:
    found = actions(change, argument, after=after)
    return action_type(found[-1]) if found and isinstance(found[-1], Mapping) else None


def _tls(change: Change) -> Iterator[Finding]:
    before, after = (change.judged(after=side) for side in (False, True))
    shown = [change.side(after=side) or {} for side in (False, True)]
    if before.get("protocol") in _ENCRYPTED and after.get("protocol") in _PLAIN:
        names = " → ".join(str(side.get("protocol")) for side in shown)
        yield _protection(change.address, "tls-weakened", f"protocol {names}: requests travel without encryption")
    old, new = _oldest_tls(before.get("ssl_policy")), _oldest_tls(after.get("ssl_policy"))
    if new is not None and after.get("protocol") not in _PLAIN and new < (old or _SAFE_TLS):
        names = " → ".join(str(side.get("ssl_policy") or "none") for side in shown)
        version = f"TLS {new[0]}.{new[1]}" if is_known(shown[1]["ssl_policy"]) else "an older version of TLS"
        yield _protection(change.address, "tls-weakened", f"ssl_policy {names}: clients may connect with {version}")


def _left_port(change: Change, listeners: Sequence[Change], index: ResourceIndex) -> Iterator[Finding]:
    """Yield a finding for a listener that moves to another port, if none of its load balancer has the former one."""
    old, new = (change.judged(after=after).get("port") for after in (False, True))
    balancer = _balancer(change, index)
    others = [each for each in listeners if _balancer(each, index) == balancer]
    if old and new is not UNKNOWN and old != new and all(each.judged(after=True).get("port") != old for each in others):
        names = " → ".join(str((change.side(after=after) or {}).get("port")) for after in (False, True))
        reason = f"the listener leaves its port ({names}): clients of the former port cannot connect"
        yield _protection(change.address, "listener-unreachable", reason, Kind.INTERRUPTION)


def _oldest_tls(policy: Any) -> tuple[int, int] | None:
    """Return the oldest version of TLS that a policy of Elastic Load Balancing accepts; None for any other value.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
    """
    if not isinstance(policy, str) or not policy.startswith(_POLICY):
        return None
    found = _TLS.match(policy.removeprefix(_POLICY))
    return (1, int(found[1])) if found is not None else (1, 0)


def _conditions(changes: Sequence[Change], rules: RuleChanges) -> Iterator[Finding]:
    """Yield a finding for each rule that loses a condition on addresses or headers, or allows every address."""
    before = {each.address: each for each in rules.before}
    open_before, open_after = (
        {each.address for each in changes if _any_address(each, after=at)} for at in (False, True)
    )
    for rule in rules.after:
        former = before.get(rule.address)
        if former is None:
            continue
        types = {each.type for each in rule.conditions}
        gone = sorted({each.type for each in former.conditions if each.type in _RESTRICTING} - types)
        if gone:
            reason = f"the rule no longer has the condition {' and '.join(gone)}: it matches more requests"
            yield _protection(rule.address, "restriction-removed", reason)
        elif rule.address in open_after - open_before:
            reason = "the rule matches requests of every address (source_ip)"
            yield _protection(rule.address, "restriction-removed", reason)


def _any_address(change: Change, *, after: bool) -> bool:
    if change.type not in LISTENER_RULES:
        return False
    found = [each for each in within(change.judged(after=after), _SOURCES) if isinstance(each, str)]
    return any(map(is_internet, found)) or are_internet(found)
