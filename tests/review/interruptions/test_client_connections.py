"""Claims about connections to a load balancer: listeners, ingress rules in every form, redirects and DNS names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Level
from tests.support.plan_documents import change, interrupted

_Entry = dict[str, Any]
FORWARD = [{"type": "forward", "target_group_arn": "arn:a"}]
ANYONE = {"from_port": 80, "to_port": 80, "cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp", "security_group_id": "sg-1"}
HALVES = [{**ANYONE, "cidr_ipv4": each} for each in ("0.0.0.0/1", "128.0.0.0/1")]
CLASSIC = {
    "type": "ingress",
    "from_port": 80,
    "to_port": 80,
    "protocol": "tcp",
    "cidr_blocks": ["0.0.0.0/0"],
    "security_group_id": "sg-1",
}


def _balancer(before: Sequence[str] = ("sg-1",), after: Sequence[str] = ("sg-1",)) -> _Entry:
    sides = ({"id": "arn:lb", "arn": "arn:lb", "security_groups": list(each)} for each in (before, after))
    return change("aws_lb.this", *sides)


def _listener(before: Any = FORWARD, after: Any = FORWARD, port: int = 80, **fields: Any) -> _Entry:
    sides = (
        None if each is None else {"load_balancer_arn": "arn:lb", "port": port, "default_action": each}
        for each in (before, after)
    )
    return change(f"aws_lb_listener.on_{port}", *sides, **fields)


def _ingress(name: str, before: Any, after: Any, **fields: Any) -> _Entry:
    return change(f"aws_vpc_security_group_ingress_rule.{name}", before, after, **fields)


FRONT = [_balancer(), _listener()]


def test_a_rule_for_clients_that_goes_before_its_successors_exist_may_shut_them_out() -> None:
    rules = [_ingress("old", ANYONE, None), *(_ingress(f"new{n}", None, each) for n, each in enumerate(HALVES))]
    (found,) = interrupted(*FRONT, *rules)
    assert found.level is Level.MAY_INTERRUPT
    assert found.trace[0] == "The ingress rule that lets anyone reach the load balancer on port 80 is deleted."
    assert found.trace[-2] == "Terraform runs these two operations in any order."
    assert found.steps[0].startswith("Keep the ingress rule that lets anyone reach the load balancer on port 80")


@pytest.mark.parametrize(
    ("blocks", "from_port", "helps"),
    [(["10.0.0.0/8", "0.0.0.0/0"], 80, False), (["0.0.0.0/1", "128.0.0.0/1"], 80, True), (["0.0.0.0/0"], 79, True)],
)
def test_a_rule_may_be_created_first_unless_it_repeats_a_block_of_the_former_one(
    blocks: list[str], from_port: int, helps: bool
) -> None:
    address = "aws_security_group_rule.web"
    after = {**CLASSIC, "cidr_blocks": blocks, "from_port": from_port}
    rule = change(address, CLASSIC, after, actions=("delete", "create"))
    found = interrupted(*FRONT, rule, order=f"{address} -> {address} (destroy)")
    assert {bool(each.steps) for each in found if each.level.blocks} == {helps}


def test_a_client_that_is_shut_out_for_good_is_wanted_unless_it_is_the_last_one() -> None:
    (found,) = interrupted(*FRONT, _ingress("old", ANYONE, None), _ingress("kept", HALVES[0], HALVES[0]))
    assert (found.level, found.subjects) == (Level.WANTED, ("some connections to port 80",))
    (found,) = interrupted(*FRONT, _ingress("narrowed", HALVES[0], {**ANYONE, "cidr_ipv4": "0.0.0.0/2"}))
    assert found.level is Level.WANTED
    (found,) = interrupted(*FRONT, _ingress("old", ANYONE, None))
    assert found.level is Level.INTERRUPTS
    assert found.text.endswith("no security group of the load balancer lets them in any more")


def test_a_client_that_goes_with_its_rule_is_wanted() -> None:
    group = change("aws_security_group.client", {"id": "sg-client"}, None)
    rule = {**ANYONE, "cidr_ipv4": None, "referenced_security_group_id": "sg-client"}
    assert {each.level for each in interrupted(*FRONT, group, _ingress("old", rule, None))} == {Level.WANTED}


@pytest.mark.parametrize(("actions", "level"), [(["delete", "create"], Level.INTERRUPTS), (["create", "delete"], None)])
def test_a_replaced_rule_interrupts_unless_it_is_created_first(actions: list[str], level: Level | None) -> None:
    address = "aws_security_group_rule.in"
    order = [address, f"{address} (destroy)"] if level else [f"{address} (destroy)", address]
    found = interrupted(*FRONT, change(address, CLASSIC, CLASSIC, actions=actions), order=" -> ".join(order))
    assert [each.level for each in found] == ([level] if level else [])


def test_rules_inside_of_a_group_count_as_rules() -> None:
    inline = {"from_port": 80, "to_port": 80, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}
    before, after = ({"id": each, "ingress": [inline]} for each in ("sg-1", "sg-2"))
    groups = [change("aws_security_group.old", before, None), change("aws_security_group.new", None, after)]
    moved = [_balancer(["sg-1"], ["sg-2"]), _listener()]
    (found,) = interrupted(*moved, *groups)
    assert found.level is Level.MAY_INTERRUPT
    ordered = "aws_lb.this -> aws_security_group.new, aws_security_group.old (destroy) -> aws_lb.this"
    assert interrupted(*moved, *groups, order=ordered) == ()


def test_a_source_that_the_plan_does_not_show_is_not_taken_for_harmless() -> None:
    unknown = _ingress("new", None, {**ANYONE, "cidr_ipv4": None}, unknown={"cidr_ipv4": True})
    rules = [_ingress("old", ANYONE, None), _ingress("half", None, HALVES[0]), unknown]
    assert {each.level for each in interrupted(*FRONT, *rules)} == {Level.CANNOT_JUDGE}


def test_a_replaced_listener_refuses_connections_for_a_time() -> None:
    order = "aws_lb_listener.on_80 -> aws_lb_listener.on_80 (destroy)"
    replaced = _listener(actions=["delete", "create"])
    (found,) = interrupted(_balancer(), replaced, _ingress("in", ANYONE, ANYONE), order=order)
    assert found.level is Level.INTERRUPTS
    assert found.text == "connections to port 80 are refused: no listener has the port"


REDIRECT = [{"type": "redirect", "redirect": [{"port": "443", "protocol": "HTTPS"}]}]
HTTPS = {**ANYONE, "from_port": 443, "to_port": 443}


@pytest.mark.parametrize("before", [FORWARD, None])
def test_a_rule_that_redirects_needs_a_listener_that_clients_reach(before: Any) -> None:
    listener = {"id": "arn:listener", "arn": "arn:listener", "load_balancer_arn": "arn:lb", "port": 80}
    sides = [None if each is None else {"listener_arn": "arn:listener", "action": each} for each in (before, REDIRECT)]
    front = [
        _balancer(),
        change("aws_lb_listener.http", listener, listener),
        change("aws_lb_listener_rule.r", *sides),
        _ingress("http", ANYONE, ANYONE),
    ]
    https, open_ = _listener(port=443), _ingress("https", HTTPS, HTTPS)
    early = [
        {each.level for each in interrupted(*front, *more) if each.rule == "redirect-too-early"}
        for more in ([], [https], [https, open_])
    ]
    assert early == [{Level.INTERRUPTS}, {Level.INTERRUPTS}, set()]


def test_a_redirect_on_a_load_balancer_outside_the_plan_is_not_judged() -> None:
    assert {each.level for each in interrupted(_listener(after=REDIRECT))} == {Level.CANNOT_JUDGE}


def test_a_redirect_waits_for_the_listener_and_the_rule_that_it_leads_to() -> None:
    entries = [
        _balancer(),
        _listener(after=REDIRECT),
        _listener(None, FORWARD, port=443),
        _ingress("http", ANYONE, ANYONE),
        _ingress("https", None, HTTPS),
    ]
    assert {each.rule for each in interrupted(*entries)} == {"redirect-too-early"}
    first, later = "aws_lb_listener.on_80 -> aws_lb_listener.on_443", "aws_vpc_security_group_ingress_rule.https"
    (found,) = interrupted(*entries, order=first)
    assert "lets them in on port 443" in found.text
    assert interrupted(*entries, order=f"{first}, aws_lb_listener.on_80 -> {later}") == ()


NAMES: Mapping[str, tuple[list[_Entry], set[Level]]] = {
    "removed": ([change("aws_route53_record.x", {"name": "a.example.com", "type": "A"}, None)], {Level.INTERRUPTS}),
    "at another address": (
        [
            change("aws_route53_record.x", {"name": "a.example.com", "type": "A"}, None),
            change("aws_route53_record.y", None, {"name": "a.example.com", "type": "A"}),
        ],
        {Level.MAY_INTERRUPT},
    ),
    "of a validation": ([change("aws_route53_record.x", {"name": "_x.example.com", "type": "CNAME"}, None)], set()),
}


@pytest.mark.parametrize(("entries", "levels"), NAMES.values(), ids=NAMES)
def test_a_name_that_goes_interrupts_its_clients(entries: list[_Entry], levels: set[Level]) -> None:
    assert {each.level for each in interrupted(*entries)} == levels
