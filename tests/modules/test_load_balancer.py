"""Tests of the load balancer: open ports, listener actions, its domain, and its protection."""

from __future__ import annotations

import pytest

from tests.support.project import PROJECT
from tests.support.synth import DEPLOYMENT_NAMES, synthesized

pytestmark = pytest.mark.synth


HTTP_ONLY = {"single_service": "SingleServiceLB", "product_user": "ProductUserLB"}


def test_it_is_internet_facing_in_every_public_subnet_and_drops_invalid_header_fields() -> None:
    stack = synthesized()["services"]
    load_balancer = stack.only("aws_lb", "ServicesLB_this_")
    public = sorted(id_ for id_ in stack.resources("aws_subnet") if id_.startswith("network_public_"))
    assert load_balancer["subnets"] == [f"${{aws_subnet.{id_}.id}}" for id_ in public]
    assert load_balancer["internal"] is False
    assert load_balancer["drop_invalid_header_fields"] is True
    assert load_balancer["tags"] == {"Name": "ServicesLB"}


def test_it_depends_on_the_internet_gateway_that_aws_requires() -> None:
    stack = synthesized()["services"]
    default_route = stack.address("aws_route", "network_public_default_route")
    assert default_route in stack.only("aws_lb")["depends_on"]


@pytest.mark.parametrize(
    ("deployment", "title", "ports"),
    [("services", "ServicesLB", (80, 443)), *((name, title, (80,)) for name, title in HTTP_ONLY.items())],
)
def test_only_ports_with_a_listener_are_open_to_the_internet(
    deployment: str, title: str, ports: tuple[int, ...]
) -> None:
    stack = synthesized()[deployment]
    group = f"${{{stack.address('aws_security_group', title)}.id}}"
    assert sorted(body["port"] for body in stack.resources("aws_lb_listener").values()) == list(ports)
    rules = [
        (rule["ip_protocol"], rule["from_port"], rule["to_port"], rule.get("cidr_ipv4"))
        for rule in stack.resources("aws_vpc_security_group_ingress_rule").values()
        if rule["security_group_id"] == group
    ]
    assert sorted(rules) == [("tcp", port, port, "0.0.0.0/0") for port in ports]


def test_without_a_domain_http_has_a_fixed_response_by_default() -> None:
    (action,) = synthesized()["product_user"].only("aws_lb_listener", "ProductUserLB_http_")["default_action"]
    assert action == {
        "type": "fixed-response",
        "fixed_response": {"status_code": "404", "content_type": "text/plain", "message_body": "Not Found"},
    }


def test_without_path_rules_the_default_action_forwards_to_the_one_service() -> None:
    stack = synthesized()["single_service"]
    listener = stack.only("aws_lb_listener", "SingleServiceLB_http_")
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    target_group = stack.address("aws_lb_target_group", "service3_service_")
    assert listener["default_action"] == [{"type": "forward", "target_group_arn": f"${{{target_group}.arn}}"}]


def test_http_redirects_permanently_to_https() -> None:
    listener = synthesized()["services"].only("aws_lb_listener", "ServicesLB_http_")
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert listener["default_action"] == [
        {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
    ]


def test_http_redirects_only_once_https_answers_with_every_rule() -> None:
    stack = synthesized()["services"]
    rules = {f"aws_lb_listener_rule.{id_}" for id_ in stack.resources("aws_lb_listener_rule")}
    ingress = {stack.address("aws_vpc_security_group_ingress_rule", f"ServicesLB_ingress_{port}") for port in (80, 443)}
    https = stack.address("aws_lb_listener", "ServicesLB_https_")
    assert len(rules) == 3
    assert set(stack.only("aws_lb_listener", "ServicesLB_http_")["depends_on"]) == {*rules, *ingress, https}


def test_https_responds_with_the_base_route_if_no_rule_matches() -> None:
    listener = synthesized()["services"].only("aws_lb_listener", "ServicesLB_https_")
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    (action,) = listener["default_action"]
    # The message body is a JSON string, which the reader of the tests has parsed.
    assert action == {
        "type": "fixed-response",
        "fixed_response": {
            "status_code": "200",
            "content_type": "application/json",
            "message_body": {"msg": "base route"},
        },
    }
    assert r'"{ \"msg\": \"base route\" }"' in synthesized()["services"].text


def test_https_accepts_only_tls_1_2_and_1_3_and_depends_on_the_validated_certificate() -> None:
    stack = synthesized()["services"]
    listener = stack.only("aws_lb_listener", "ServicesLB_https_")
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    validation = stack.address("aws_acm_certificate_validation")
    assert listener["certificate_arn"] == f"${{{validation}.certificate_arn}}"


def test_the_domain_name_is_an_alias_of_the_load_balancer() -> None:
    stack = synthesized()["services"]
    record = stack.only("aws_route53_record", "ServicesLB_alias_record")
    load_balancer = stack.address("aws_lb")
    assert (record["name"], record["type"]) == ("services.colonnade.localhost", "A")
    assert record["alias"]["name"] == f"${{{load_balancer}.dns_name}}"
    assert record["alias"]["zone_id"] == f"${{{load_balancer}.zone_id}}"
    assert record["alias"]["evaluate_target_health"] is False


@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_in_production_it_is_protected_logged_and_behind_the_accounts_web_acl(deployment: str) -> None:
    stack = synthesized("prod")[deployment]
    load_balancer = stack.only("aws_lb")
    assert load_balancer["enable_deletion_protection"] is True
    bucket = stack.address("aws_s3_bucket", "access_logs_this")
    assert load_balancer["access_logs"] == {"bucket": f"${{{bucket}.bucket}}", "enabled": True}
    assert stack.only("aws_wafv2_web_acl_association") == {
        "resource_arn": f"${{{stack.address('aws_lb')}.arn}}",
        "web_acl_arn": PROJECT.environment("prod").protection.web_acl_arn,
    }


def test_it_depends_on_the_bucket_policy_that_access_logs_require() -> None:
    stack = synthesized("prod")["services"]
    assert stack.address("aws_s3_bucket_policy", "access_logs_") in stack.only("aws_lb")["depends_on"]


@pytest.mark.parametrize("environment", ["sandbox", "dev"])
def test_in_other_environments_it_can_be_deleted_and_has_no_web_acl(environment: str) -> None:
    stack = synthesized(environment)["services"]
    assert "enable_deletion_protection" not in stack.only("aws_lb")
    assert stack.resources("aws_wafv2_web_acl_association") == {}
