"""Claims about plans that take requests away, each with the rule that must find it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.plan_cases import (
    FRONT,
    HTTP,
    LB,
    NOT_FOUND,
    WORLD,
    Entry,
    created,
    destroyed,
    edited,
    forward,
    hosts,
    is_found,
    listener,
    login,
    orders_rule,
    paths,
    redirect,
    rule,
    rule_values,
    service,
    sources,
)
from tests.support.plan_documents import change

ORDERS = [*FRONT, *service("orders")]

CASES: Mapping[str, tuple[str, list[Entry]]] = {
    # services
    "desired count null": (
        "service-without-tasks",
        [change("aws_ecs_service.a", {"desired_count": 3}, {"desired_count": None})],
    ),
    "desired count 0, sensitive": (
        "service-without-tasks",
        [change("aws_ecs_service.a", {"desired_count": 3}, {"desired_count": 0}, sensitive={"desired_count": True})],
    ),
    "desired count 0, all values sensitive": (
        "service-without-tasks",
        [change("aws_ecs_service.a", {"desired_count": 3}, {"desired_count": 0}, sensitive=True)],
    ),
    "scheduled scaling to 0": (
        "service-without-tasks",
        [
            created(
                "aws_appautoscaling_scheduled_action", scalable_target_action=[{"min_capacity": 0, "max_capacity": 0}]
            )
        ],
    ),
    "off its target group": ("service-detached", [*FRONT, *service("orders", after={"load_balancer": []})]),
    # paths
    "off its target group, sensitive": (
        "service-detached",
        [
            edited(
                "aws_ecs_service.a",
                {"desired_count": 1, "load_balancer": [{"target_group_arn": "t"}]},
                {"desired_count": 1, "load_balancer": []},
                sensitive={"load_balancer": True},
            )
        ],
    ),
    "rule that shadows every path": (
        "path-shadowed",
        [
            *ORDERS,
            *service("web"),
            rule("orders", orders_rule(), orders_rule()),
            rule("web", None, rule_values(1, [paths("/*")], forward("web"))),
        ],
    ),
    "rule destroyed while its service stays": ("path-lost", [*ORDERS, rule("orders", orders_rule(), None)]),
    "rule without a path destroyed": (
        "path-lost",
        [*ORDERS, rule("orders", orders_rule({"query_string": [{"key": "a", "value": "b"}]}), None)],
    ),
    "only rule of a listener outside the plan destroyed": (
        "path-lost",
        [*service("orders"), rule("orders", orders_rule(), None)],
    ),
    "rule that says nothing destroyed": ("path-lost", [destroyed("aws_lb_listener_rule")]),
    "default action no longer forwards": (
        "path-lost",
        [
            *service("orders"),
            listener(before={"default_action": [forward("orders")]}, after={"default_action": [NOT_FOUND]}),
        ],
    ),
    "host changed": (
        "host-lost",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(hosts("app.example.com"), paths("/*")),
                orders_rule(hosts("shop.example.com"), paths("/*")),
            ),
        ],
    ),
    "host of a destroyed rule": ("host-lost", [*ORDERS, rule("orders", orders_rule(hosts("app.example.com")), None)]),
    "redirect of a rule to another host": (
        "redirected-elsewhere",
        [*ORDERS, rule("orders", orders_rule(), orders_rule(actions=(redirect(host="evil.example.com"),)))],
    ),
    "redirect of a listener to another host": (
        "redirected-elsewhere",
        [
            listener(
                80,
                before={"default_action": [redirect()]},
                after={"default_action": [redirect(host="evil.example.com")]},
            )
        ],
    ),
    "login taken off": (
        "authentication-removed",
        [*ORDERS, rule("orders", orders_rule(actions=(login(), forward("orders"))), orders_rule())],
    ),
    "login no longer required": (
        "authentication-removed",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(actions=(login(), forward("orders"))),
                orders_rule(actions=(login(on_unauthenticated_request="allow"), forward("orders"))),
            ),
        ],
    ),
    "login elsewhere": (
        "authentication-removed",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(actions=(login(), forward("orders"))),
                orders_rule(actions=(login(issuer="https://evil.example.com"), forward("orders"))),
            ),
        ],
    ),
    "path around the login": (
        "authentication-removed",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(actions=(login(), forward("orders"))),
                orders_rule(actions=(login(), forward("orders"))),
            ),
            rule("admin", None, rule_values(5, [paths("/orders/admin")], forward("orders"))),
        ],
    ),
    "rule for every address, sensitive": (
        "restriction-removed",
        [
            *ORDERS,
            change(
                "aws_lb_listener_rule.orders",
                orders_rule(paths("/orders"), sources("10.0.0.0/8")),
                orders_rule(paths("/orders"), sources("0.0.0.0/0")),
                sensitive={"condition": [{}, {"source_ip": [{"values": True}]}]},
            ),
        ],
    ),
    "rule for every address": (
        "restriction-removed",
        [
            *ORDERS,
            rule("orders", orders_rule(paths("/a"), sources("10.0.0.0/8")), orders_rule(paths("/a"), sources(WORLD))),
        ],
    ),
    "condition on a header removed": (
        "restriction-removed",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(paths("/a"), {"http_header": [{"http_header_name": "X-CDN", "values": ["s"]}]}),
                orders_rule(paths("/a")),
            ),
        ],
    ),
    "name leads elsewhere": (
        "dns-name-moved",
        [
            edited(
                "aws_route53_record.a",
                {"name": "shop.example.com", "type": "A", "records": ["203.0.113.1"]},
                {"name": "shop.example.com", "type": "A", "records": ["198.51.100.1"]},
            )
        ],
    ),
    "name removed": ("dns-name-removed", [destroyed("aws_route53_record", name="shop.example.com", type="A")]),
    # listeners
    "redirect from HTTPS to HTTP": (
        "plain-http",
        [listener(after={"default_action": [redirect(protocol="HTTP", port="80")]})],
    ),
    "redirect of a path from HTTPS to HTTP": (
        "plain-http",
        [*ORDERS, rule("orders", orders_rule(), orders_rule(actions=(redirect(protocol="HTTP", port="80"),)))],
    ),
    "HTTP forwards in place of redirecting": (
        "plain-http",
        [
            *ORDERS,
            listener(
                80,
                before={"default_action": [redirect()]},
                after={"default_action": [{**redirect(), **forward("orders")}]},
            ),
        ],
    ),
    "new HTTP listener that forwards beside HTTPS": (
        "plain-http",
        [
            *ORDERS,
            created(
                "aws_lb_listener", load_balancer_arn=LB, protocol="HTTP", port=8080, default_action=[forward("orders")]
            ),
        ],
    ),
    "new rule on the HTTP listener beside HTTPS": (
        "plain-http",
        [*ORDERS, listener(80), rule("orders", None, orders_rule(listener_arn=HTTP))],
    ),
    "HTTPS to HTTP": ("tls-weakened", [listener(after={"protocol": "HTTP", "ssl_policy": None})]),
    "HTTPS to HTTP, sensitive": (
        "tls-weakened",
        [edited("aws_lb_listener.a", {"protocol": "HTTPS"}, {"protocol": "HTTP"}, sensitive={"protocol": True})],
    ),
    "older TLS policy, sensitive": (
        "tls-weakened",
        [
            edited(
                "aws_lb_listener.a",
                {"protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
                {"protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-2016-08"},
                sensitive={"ssl_policy": True},
            )
        ],
    ),
    "other port of a listener": ("listener-unreachable", [*FRONT[:2], listener(after={"port": 8443})]),
    "distribution disabled": (
        "routing-destroyed",
        [edited("aws_cloudfront_distribution.a", {"enabled": True}, {"enabled": False})],
    ),
    "route taken out of its table": (
        "route-destroyed",
        [edited("aws_route_table.a", {"route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "n"}]}, {"route": []})],
    ),
    "older TLS policy": ("tls-weakened", [listener(after={"ssl_policy": "ELBSecurityPolicy-2016-08"})]),
    "new listener with TLS 1.0": (
        "tls-weakened",
        [created("aws_lb_listener", protocol="HTTPS", ssl_policy="ELBSecurityPolicy-2016-08")],
    ),
    "web ACL association destroyed": ("firewall-removed", [destroyed("aws_wafv2_web_acl_association")]),
    "rule taken out of a web ACL": (
        "firewall-removed",
        [edited("aws_wafv2_web_acl.this", {"rule": [{"name": "a"}, {"name": "b"}]}, {"rule": [{"name": "a"}]})],
    ),
    "rule of a web ACL only counts": (
        "firewall-removed",
        [
            edited(
                "aws_wafv2_web_acl.this",
                {"rule": [{"name": "a", "action": [{"block": [{}]}]}]},
                {"rule": [{"name": "a", "action": [{"count": [{}]}]}]},
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_harmful_plan_is_blocked_by_its_rule(case: str) -> None:
    assert is_found(*CASES[case])
