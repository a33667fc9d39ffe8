"""Claims about redirects that lead back to where a request has been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Interruption, Level
from tests.support.plan_documents import change, interrupted

_Entry = dict[str, Any]
BALANCER = {"id": "arn:lb", "arn": "arn:lb", "dns_name": "lb.example.net"}
FORWARD: _Entry = {"type": "forward", "target_group_arn": "arn:a"}
PORTS = {80: "HTTP", 443: "HTTPS"}


def _to(**parts: str) -> _Entry:
    return {"type": "redirect", "redirect": [{"status_code": "HTTP_301", **parts}]}


HTTPS, HTTP = _to(protocol="HTTPS", port="443"), _to(protocol="HTTP", port="80")


def _listener(port: int, before: _Entry, after: _Entry) -> _Entry:
    sides = (
        {"load_balancer_arn": "arn:lb", "arn": f"arn:{port}", "port": port, "protocol": PORTS[port]}
        | {"default_action": [each]}
        for each in (before, after)
    )
    return change(f"aws_lb_listener.on_{port}", *sides)


def _rule(
    name: str, condition: Mapping[str, Any] | None, before: _Entry | None, after: _Entry | None, priority: int = 5
) -> _Entry:
    sides = (
        None
        if each is None
        else {"listener_arn": "arn:443", "priority": priority, "condition": [condition], "action": [each]}
        for each in (before, after)
    )
    return change(f"aws_lb_listener_rule.{name}", *sides)


def _found(*entries: _Entry) -> Sequence[Interruption]:
    found = interrupted(change("aws_lb.this", BALANCER, BALANCER), *entries)
    return [each for each in found if each.rule == "redirected-in-a-circle"]


def test_two_listeners_that_redirect_to_each_other_interrupt_their_clients() -> None:
    found = _found(_listener(80, HTTPS, HTTPS), _listener(443, FORWARD, HTTP))
    assert {(each.level, each.address) for each in found} == {(Level.INTERRUPTS, "aws_lb_listener.on_443")}
    assert found[0].text == "requests to / on port 80 and 443 are redirected in a circle, until clients give up"
    assert found[0].trace == (
        "The listener on 443 is changed.",
        "The listener on 80 redirects them to https://HOST:443/.",
        "The listener on 443 redirects them to http://HOST:80/.",
    )


def test_a_redirect_that_ends_or_that_was_a_circle_before_interrupts_nothing() -> None:
    assert _found(_listener(80, FORWARD, HTTPS), _listener(443, FORWARD, FORWARD)) == []
    assert _found(_listener(80, HTTPS, HTTPS), _listener(443, HTTP, HTTP)) == []
    plain = _to(protocol="HTTP", port="443")  # the listener expects TLS
    assert _found(_listener(80, FORWARD, plain), _listener(443, HTTP, HTTP)) == []


WWW = {"host_header": [{"values": ["www.example.com"]}]}
SHOP = {"path_pattern": [{"values": ["/shop", "/shop/*"]}]}
TO_WWW = _to(host="www.example.com")


def test_a_rule_whose_loss_leaves_its_requests_to_a_redirect_to_themselves() -> None:
    (found,) = _found(_listener(443, TO_WWW, TO_WWW), _rule("www", WWW, FORWARD, None))
    assert (found.level, found.address) == (Level.INTERRUPTS, "aws_lb_listener_rule.www")
    assert found.trace[0] == "The listener rule for host_header www.example.com is deleted."


def test_a_redirect_to_another_host_comes_back_if_the_host_is_that_of_the_load_balancer() -> None:
    redirect = _listener(443, FORWARD, TO_WWW)
    assert _found(redirect) == []  # the plan does not show where the host leads
    alias = {"name": "www.example.com", "type": "A", "alias": [{"name": "lb.example.net"}]}
    (found,) = _found(redirect, change("aws_route53_record.www", alias, alias))
    assert (found.level, found.address) == (Level.INTERRUPTS, "aws_lb_listener.on_443")


@pytest.mark.parametrize(
    ("path", "ends"), [("/shop/new", False), ("/shop/#{path}", False), ("/new", True), ("/new/#{path}", True)]
)
def test_a_redirect_within_the_paths_of_its_rule_never_ends(path: str, ends: bool) -> None:
    found = _found(_listener(443, FORWARD, FORWARD), _rule("shop", SHOP, FORWARD, _to(path=path)))
    assert (found == []) is ends


def test_a_circle_through_a_condition_that_is_not_followed_is_not_judged() -> None:
    regular = {"path_pattern": [{"regex_values": ["^/shop"]}]}
    (found,) = _found(_listener(443, FORWARD, FORWARD), _rule("shop", regular, FORWARD, _to(path="/shop/new")))
    assert found.level is Level.CANNOT_JUDGE
