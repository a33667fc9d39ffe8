"""Claims about plans that change services, paths and networks without harm, one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.support.plan_cases import (
    BALANCER,
    FRONT,
    HTTP,
    LB,
    NOT_FOUND,
    OWN,
    WORLD,
    Entry,
    blocked,
    created,
    edited,
    findings,
    forward,
    hosts,
    ingress,
    listener,
    login,
    opening,
    orders_rule,
    paths,
    policy,
    redirect,
    removed,
    rule,
    rule_values,
    service,
    tasks,
    there,
)
from tests.support.plan_documents import change

ORDERS = [*FRONT, *service("orders")]
INGRESS = "aws_vpc_security_group_ingress_rule"
NEW_VPC = change("aws_vpc.a", None, {"cidr_block": "10.0.0.0/16"}, unknown={"id": True})


def _referring(address: str, after: Entry, **references: str) -> Entry:
    """Return a created resource whose unknown arguments refer to others."""
    expressions = {name: {"references": [f"{other}.id", other]} for name, other in references.items()}
    return change(address, None, after, unknown=dict.fromkeys(references, True), expressions=expressions)


CASES: Mapping[str, list[Entry]] = {
    # services
    "digest": [tasks({"image": "a@sha256:1"}, {"image": "a@sha256:2"})],
    "variables": [tasks({"environment": []}, {"environment": [{"name": "A", "value": "b"}]})],
    "size": [edited("aws_ecs_task_definition.a", {"cpu": "256"}, {"cpu": "512"})],
    "count": [change("aws_ecs_service.a", {"desired_count": 3}, {"desired_count": 2})],
    "retired monolith stays retired": [
        change("aws_ecs_service.a", {"desired_count": 0, "x": 1}, {"desired_count": 0, "x": 2})
    ],
    "scaling": [edited("aws_appautoscaling_target.a", {"max_capacity": 4}, {"max_capacity": 8})],
    "scheduled scaling": [
        created("aws_appautoscaling_scheduled_action", scalable_target_action=[{"min_capacity": 0, "max_capacity": 2}])
    ],
    "deployment percent": [
        edited(
            "aws_ecs_service.a", {"deployment_minimum_healthy_percent": 100}, {"deployment_minimum_healthy_percent": 50}
        )
    ],
    "rollback on": [
        edited(
            "aws_ecs_service.a",
            {"deployment_circuit_breaker": [{"enable": False}]},
            {"deployment_circuit_breaker": [{"enable": True}]},
        )
    ],
    "private tasks": [
        created("aws_ecs_service", network_configuration=[{"assign_public_ip": False}], enable_execute_command=False)
    ],
    "capability dropped": [tasks({}, {"linuxParameters": {"capabilities": {"drop": ["ALL"]}}})],
    "container without logs as before": [tasks({"logConfiguration": None}, {"logConfiguration": None, "cpu": 1})],
    # paths and listeners
    "fresh path": [
        *ORDERS,
        *service("web"),
        rule("orders", orders_rule(), orders_rule()),
        rule("web", None, rule_values(5, [paths("/web/*")], forward("web"))),
    ],
    "narrower path of a new service": [
        *ORDERS,
        *service("stock"),
        rule("orders", orders_rule(), orders_rule()),
        rule("stock", None, rule_values(5, [paths("/orders/stock", "/orders/stock/*")], forward("stock"))),
    ],
    "rule for every path at the end": [
        *ORDERS,
        *service("web"),
        rule("orders", orders_rule(), orders_rule()),
        rule("web", None, rule_values(900, [paths("/*")], forward("web"))),
    ],
    "priority": [*ORDERS, rule("orders", orders_rule(), orders_rule(priority=11))],
    "one more host": [
        *ORDERS,
        rule("orders", orders_rule(hosts("a.example.com")), orders_rule(hosts("a.example.com", "b.example.com"))),
    ],
    "login required": [*ORDERS, rule("orders", orders_rule(), orders_rule(actions=(login(), forward("orders"))))],
    "shorter session": [
        *ORDERS,
        rule(
            "orders",
            *(orders_rule(actions=(login(session_timeout=seconds), forward("orders"))) for seconds in (9000, 60)),
        ),
    ],
    "redirect to HTTPS": [
        *ORDERS,
        listener(80, before={"default_action": [forward("orders")]}, after={"default_action": [redirect()]}),
    ],
    "new HTTP listener that redirects": [
        *ORDERS,
        created("aws_lb_listener", load_balancer_arn=LB, protocol="HTTP", port=80, default_action=[redirect()]),
    ],
    "HTTP without HTTPS": [
        *service("orders"),
        BALANCER,
        created("aws_lb_listener", load_balancer_arn=LB, protocol="HTTP", port=80, default_action=[forward("orders")]),
    ],
    "rule of HTTP without HTTPS": [
        *service("orders"),
        BALANCER,
        listener(80),
        rule("orders", None, orders_rule(listener_arn=HTTP)),
    ],
    "default action of a fixed response": [
        listener(before={"default_action": [NOT_FOUND]}, after={"default_action": [{**NOT_FOUND, "order": 1}]})
    ],
    "TLS 1.3": [listener(after={"ssl_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06"})],
    "TLS 1.2 by another policy": [listener(after={"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"})],
    "thresholds": [
        edited(
            "aws_lb_target_group.a",
            {"health_check": [{"healthy_threshold": 2}]},
            {"health_check": [{"healthy_threshold": 3}]},
        )
    ],
    "lifetime of a record": [
        edited(
            "aws_route53_record.a",
            {"name": "a", "type": "A", "records": ["203.0.113.1"], "ttl": 60},
            {"name": "a", "type": "A", "records": ["203.0.113.1"], "ttl": 300},
        )
    ],
    # ports and networks
    "narrow port": [opening(["203.0.113.0/24", "10.0.0.0/8"])],
    "many private blocks": [
        opening(
            [f"10.{n}.0.0/16" for n in range(256)] + [f"172.{n}.0.0/16" for n in range(16, 32)] + ["192.168.0.0/16"]
        )
    ],
    "IPv6 on an open port": [
        change("aws_vpc_security_group_ingress_rule.four", *2 * [ingress("x", cidr_ipv4=WORLD)]),
        change("aws_vpc_security_group_ingress_rule.six", None, ingress("x", cidr_ipv6="::/0")),
    ],
    "egress to the internet": [change("aws_vpc_security_group_egress_rule.a", None, ingress("x", cidr_ipv4=WORLD))],
    "prefix list of an office": [created("aws_ec2_managed_prefix_list", entry=[{"cidr": "203.0.113.0/24"}])],
    "connection in another rule": [
        *ORDERS,
        *service("users"),
        change(
            "aws_vpc_security_group_ingress_rule.a", ingress("users", referenced_security_group_id="sg-orders"), None
        ),
        change(
            "aws_vpc_security_group_ingress_rule.b", None, ingress("users", referenced_security_group_id="sg-orders")
        ),
    ],
    "network of a new VPC": [
        NEW_VPC,
        change("aws_internet_gateway.a", None, {}, unknown={"id": True}),
        _referring("aws_route_table.a", {}, vpc_id="aws_vpc.a"),
        _referring(
            "aws_route.a",
            {"destination_cidr_block": WORLD},
            route_table_id="aws_route_table.a",
            gateway_id="aws_internet_gateway.a",
        ),
        _referring(
            "aws_network_acl.a",
            {"ingress": [{"action": "allow", "protocol": "-1", "cidr_block": WORLD}]},
            vpc_id="aws_vpc.a",
        ),
    ],
    "route to a NAT gateway": [
        change(
            "aws_route.a", None, {"route_table_id": "rtb-1", "destination_cidr_block": WORLD, "nat_gateway_id": "nat-1"}
        )
    ],
    "denied by a network ACL": [
        created("aws_network_acl_rule", egress=False, rule_action="deny", protocol="-1", cidr_block=WORLD)
    ],
    "peering within the account": [*policy("aws_x"), created("aws_vpc_peering_connection", peer_owner_id=OWN)],
    # a smaller range of ports
    "a range without a known user becomes smaller": [
        edited(f"{INGRESS}.a", ingress("a", from_port=8000, to_port=9000), ingress("a", from_port=8000, to_port=8100))
    ],
    "a range becomes the port in use": [
        *ORDERS,
        edited(f"{INGRESS}.a", ingress("orders", ip_protocol="-1", from_port=-1, to_port=-1), ingress("orders")),
    ],
    # nothing
    "read": [change("aws_x.a", None, {}, actions=["read"])],
}


@pytest.mark.parametrize("case", CASES)
def test_harmless_plan_passes(case: str) -> None:
    assert blocked(CASES[case]) == []


def test_changed_output_alone_passes() -> None:
    assert blocked([], output_changes={"url": {"actions": ["update"], "before": "a", "after": "b"}}) == []


def test_a_removed_service_needs_approval_of_itself_and_not_of_its_rule() -> None:
    entries = [*FRONT, *removed("orders"), rule("orders", orders_rule(), None)]
    found = findings(entries)
    assert {each.rule for each in found} == {"service-destroyed", "routing-destroyed"}
    assert all(each.address.startswith(("aws_ecs_service.", "aws_lb_target_group.")) for each in found)


def test_a_dropped_call_closes_its_connection_without_an_approval() -> None:
    variables: tuple[list[Entry], list[Entry]] = ([{"name": "USERS_URL", "value": "http://users.shop:8080"}], [])
    caller = [
        change(
            "aws_ecs_task_definition.orders_service_task_definition_0A1B2C3D",
            *({"container_definitions": json.dumps([{"name": "orders", "environment": each}])} for each in variables),
        )
    ]
    closed = change(
        "aws_vpc_security_group_ingress_rule.a", ingress("users", referenced_security_group_id="sg-orders"), None
    )
    orders = [each for each in service("orders") if "task_definition" not in each["address"]]
    assert blocked([*FRONT, *orders, *service("users"), *caller, closed]) == []
    assert blocked([*FRONT, *service("orders"), *service("users"), closed]) != []


def test_passing_checks_and_provisioners_that_do_not_run_pass() -> None:
    resource = {"address": "terraform_data.a", "mode": "managed", "type": "terraform_data", "name": "a"}
    configuration = {
        "root_module": {"resources": [{**resource, "provisioners": [{"type": "local-exec", "expressions": {}}]}]}
    }
    checks = [
        {"address": {"to_display": "check.a"}, "status": "pass"},
        {"address": {"to_display": "check.b"}, "status": "unknown"},
    ]
    assert blocked([there("terraform_data.a", x=1)], configuration=configuration, checks=checks) == []
