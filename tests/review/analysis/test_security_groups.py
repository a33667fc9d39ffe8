"""Claims about security groups: the connections that each kind of rule allows, and ports opened to the internet."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.analysis.security_groups import edges, openings, permissions
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, changes

SERVICES = tuple(change(f"aws_ecs_service.{name}_service_this_0A1B2C3D", {}, {}) for name in ("orders", "users"))
GROUPS = {name: {"id": f"sg-{name}"} for name in ("orders", "users", "lb")}
THERE = (
    *SERVICES,
    change("aws_security_group.orders_tasks_this", GROUPS["orders"], GROUPS["orders"]),
    change("aws_security_group.users_tasks_this", GROUPS["users"], GROUPS["users"]),
    change("aws_security_group.group", GROUPS["lb"], GROUPS["lb"]),
    change("aws_lb.this", {"security_groups": ["sg-lb"]}, {"security_groups": ["sg-lb"]}),
)
RULE = "aws_vpc_security_group_ingress_rule.rule"
INTERNET = "0.0.0.0/0"


def _allowed(found: tuple[Change, ...], *, after: bool = True) -> list[str]:
    return sorted(str(edge) for edge in edges(permissions(found, ResourceIndex(found), after=after)))


def _opened(*entries: dict[str, Any]) -> list[tuple[str, str]]:
    found = changes(*THERE, *entries)
    sides = [permissions(found, ResourceIndex(found), after=after) for after in (False, True)]
    return [(opening.address, ", ".join(map(str, opening.ports))) for opening in openings(*sides)]


def _own(cidr: str | None = INTERNET, first: Any = 8080, last: Any = 8080, protocol: str = "tcp", **more: Any) -> Any:
    values = {"security_group_id": "sg-orders", "ip_protocol": protocol, "from_port": first, "to_port": last}
    return {**values, **({"cidr_ipv4": cidr} if cidr is not None else {}), **more}


def _older(**more: Any) -> Any:
    values = {"type": "ingress", "security_group_id": "sg-orders", "protocol": "tcp", "from_port": 22, "to_port": 22}
    return {**values, **more}


def test_ingress_and_egress_of_a_call_are_one_connection_between_services() -> None:
    ingress = {**_own(None), "security_group_id": "sg-users", "referenced_security_group_id": "sg-orders"}
    egress = {**_own(None), "referenced_security_group_id": "sg-users"}
    from_balancer = {**_own(None), "referenced_security_group_id": "sg-lb"}
    found = changes(
        *THERE,
        change(RULE, None, ingress),
        change("aws_vpc_security_group_egress_rule.rule", None, egress),
        change("aws_vpc_security_group_ingress_rule.balancer", None, from_balancer),
    )
    assert _allowed(found) == ["load balancer → orders:8080", "orders → users:8080"]
    assert _allowed(found, after=False) == []


def test_rule_between_new_groups_is_read_from_the_configuration() -> None:
    expressions = {
        "security_group_id": {
            "references": ["aws_security_group.users_tasks_new.id", "aws_security_group.users_tasks_new"]
        },
        "referenced_security_group_id": {"references": ["aws_security_group.orders_tasks_this.id"]},
    }
    rule = {"ip_protocol": "tcp", "from_port": 1, "to_port": 2}
    found = changes(
        *THERE,
        change("aws_security_group.users_tasks_new", None, {}, unknown={"id": True}),
        change(
            RULE,
            None,
            {**rule, "referenced_security_group_id": "sg-orders"},
            unknown={"security_group_id": True},
            expressions=expressions,
        ),
    )
    assert _allowed(found) == ["orders → users:1-2"]


def test_older_rule_resources_and_inline_rules_are_read() -> None:
    inline = [{"protocol": "-1", "from_port": 0, "to_port": 0, "self": True, "security_groups": ["sg-orders"]}]
    found = changes(
        *THERE,
        change("aws_security_group_rule.one", None, _older(source_security_group_id="sg-users")),
        change("aws_security_group_rule.two", None, _older(type="egress", cidr_blocks=["10.0.0.0/8"])),
        change("aws_security_group.inline", None, {"id": "sg-inline", "ingress": inline}),
    )
    assert _allowed(found) == [
        "itself → inline all ports of all protocols",
        "orders → 10.0.0.0/8:22",
        "orders → inline all ports of all protocols",
        "users → orders:22",
    ]


@pytest.mark.parametrize(
    ("before", "after", "opened"),
    [
        (None, _own(), "8080"),
        (None, _own(None, cidr_ipv6="::/0"), "8080"),
        (_own("10.0.0.0/8"), _own(), "8080"),
        (_own(), _own(first=8000, last=8080), "8000-8079"),
        (_own(first=8000, last=9000), _own(), ""),
        (_own(), _own(None, cidr_ipv6="::/0"), ""),
        (_own(), _own(first=-1, last=-1, protocol="-1"), "all ports of all protocols"),
        (_own(first=-1, last=-1, protocol="-1"), _own(protocol="udp"), ""),
        (_own(), _own(protocol="udp"), "8080/udp"),
        (_own(), None, ""),
        (None, _own("10.0.0.0/8"), ""),
        (None, _own("128.0.0.0/1"), "8080"),
    ],
)
def test_only_ports_closed_before_count_as_opened_to_the_internet(before: Any, after: Any, opened: str) -> None:
    assert _opened(change(RULE, before, after)) == ([(RULE, opened)] if opened else [])


def test_every_kind_of_rule_can_open_a_port_to_the_internet() -> None:
    rule = "aws_security_group_rule.rule"
    assert _opened(change(rule, None, _older(cidr_blocks=["10.0.0.0/8", INTERNET]))) == [(rule, "22")]
    assert _opened(change(rule, None, _older(ipv6_cidr_blocks=["::/0"]))) == [(rule, "22")]
    assert _opened(change(rule, None, _older(type="egress", cidr_blocks=[INTERNET]))) == []
    inline = {"id": "sg-x", "ingress": [{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": [INTERNET]}]}
    for group in ("aws_security_group.inline", "aws_default_security_group.inline"):
        assert _opened(change(group, {"id": "sg-x", "ingress": []}, inline)) == [(group, "22")]
        assert _opened(change(group, inline, inline)) == []


def test_moving_an_inline_rule_to_a_resource_opens_no_ports() -> None:
    inline = [{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": [INTERNET]}]
    group = change("aws_security_group.inline", {"id": "sg-x", "ingress": inline}, {"id": "sg-x", "ingress": inline})
    assert _opened(group, change(RULE, None, {**_own(first=22, last=22), "security_group_id": "sg-x"})) == []


def test_unknown_address_block_is_reported_and_opens_no_ports() -> None:
    found = changes(*THERE, change(RULE, None, _own(None), unknown={"cidr_ipv4": True}))
    assert _allowed(found) == ["(known after apply) → orders:8080"]
    assert _opened(change(RULE, None, _own(None), unknown={"cidr_ipv4": True})) == []
