"""Claims about the load balancer: what it lets in, where its listeners send requests, and the name that leads to it."""

from __future__ import annotations

import pytest

from tests.support.synth import synthesized

pytestmark = pytest.mark.synth


def test_it_faces_the_internet_from_every_public_subnet_and_drops_invalid_header_fields() -> None:
    stack = synthesized()["services"]
    load_balancer = stack.only("aws_lb", "ServicesLB_this_")
    public = sorted(id_ for id_ in stack.resources("aws_subnet") if id_.startswith("network_public_"))
    assert load_balancer["subnets"] == [f"${{aws_subnet.{id_}.id}}" for id_ in public]
    assert load_balancer["internal"] is False
    assert load_balancer["drop_invalid_header_fields"] is True
    assert load_balancer["tags"] == {"Name": "ServicesLB"}


def test_it_waits_for_the_internet_gateway_without_which_aws_refuses_it() -> None:
    stack = synthesized()["services"]
    default_route = stack.address("aws_route", "network_public_default_route")
    assert default_route in stack.only("aws_lb")["depends_on"]


def test_the_world_gets_in_on_80_and_443_and_nowhere_else() -> None:
    stack = synthesized()["services"]
    group = f"${{{stack.address('aws_security_group', 'ServicesLB')}.id}}"
    rules = [
        (rule["ip_protocol"], rule["from_port"], rule["to_port"], rule.get("cidr_ipv4"))
        for rule in stack.resources("aws_vpc_security_group_ingress_rule").values()
        if rule["security_group_id"] == group
    ]
    assert sorted(rules) == [("tcp", 80, 80, "0.0.0.0/0"), ("tcp", 443, 443, "0.0.0.0/0")]


def test_http_redirects_permanently_to_https() -> None:
    listener = synthesized()["services"].only("aws_lb_listener", "ServicesLB_http_")
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert listener["default_action"] == [
        {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
    ]


def test_https_answers_with_the_base_route_where_no_rule_matches() -> None:
    listener = synthesized()["services"].only("aws_lb_listener", "ServicesLB_https_")
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    (action,) = listener["default_action"]
    # The message body is JSON text, which the tests' reader has opened.
    assert action == {
        "type": "fixed-response",
        "fixed_response": {
            "status_code": "200",
            "content_type": "application/json",
            "message_body": {"msg": "base route"},
        },
    }
    assert r'"{ \"msg\": \"base route\" }"' in synthesized()["services"].text


def test_https_takes_tls_1_2_and_1_3_only_and_waits_for_the_validated_certificate() -> None:
    stack = synthesized()["services"]
    listener = stack.only("aws_lb_listener", "ServicesLB_https_")
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    validation = stack.address("aws_acm_certificate_validation")
    assert listener["certificate_arn"] == f"${{{validation}.certificate_arn}}"


def test_the_domain_name_is_an_alias_of_the_load_balancer() -> None:
    stack = synthesized()["services"]
    record = stack.only("aws_route53_record", "ServicesLB_alias_record")
    load_balancer = stack.address("aws_lb")
    assert (record["name"], record["type"]) == ("services.colonnade.localhost", "A")
    assert record["alias"]["name"] == f"${{{load_balancer}.dns_name}}"
    assert record["alias"]["zone_id"] == f"${{{load_balancer}.zone_id}}"
