"""Refusals of a deployment as a whole: its fields, quotas, its environment, and conflicts with other deployments."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.model.check import check
from colonnade.model.declared_types import type_faults
from colonnade.model.deployment.declaration import Deployment, FixedResponse, ForwardTo
from colonnade.model.environment.tables import NetworkSettings, TrafficLogSettings
from colonnade.model.naming import domain_name_fault, label_fault, subdomain_fault
from colonnade.model.service.declaration import Service
from tests.support.specs import BLOCKS, deployment, environment, problems_of, problems_raised, service


def numbered(count: int, **fields: Any) -> list[Any]:
    """Return services with explicit priorities, so that no two collide."""
    return [service(f"s{number}", rule_priority=number + 1, **fields) for number in range(count)]


def first_lines(problems: list[str]) -> list[str]:
    return [problem.splitlines()[0] for problem in problems]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"name": "Shop"},
            f"deployment 'Shop': {label_fault('name', 'Shop')}",
        ),
        (
            {"name": "state-backend"},
            "deployment 'state-backend': another stack has this name\n    reserved: image-repositories, state-backend",
        ),
        (
            {"namespace": "my shop"},
            f"deployment 'shop': {domain_name_fault('namespace', 'my shop')}",
        ),
        (
            {"subdomain": "a.b"},
            f"deployment 'shop': {subdomain_fault('a.b')}",
        ),
        (
            {"services": service()},
            f"deployment 'shop': {next(type_faults('services', tuple[Service, ...], service()))}",
        ),
        (
            {"subdomain": "a" * 53},
            f"deployment 'shop': domain name '{'a' * 53}.example.com' has 65 characters; a certificate's has at most "
            "64\n"
            f"    shorten subdomain '{'a' * 53}' to 52 or fewer",
        ),
    ],
)
def test_a_field_that_breaks_a_rule_is_refused(fields: dict[str, Any], problem: str) -> None:
    assert problems_of(deployment(**fields), environment(service())) == [problem]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"status_code": 302}, "default response's status code 302 is not allowed"),
        ({"status_code": "200"}, next(type_faults("default_action.status_code", int, "200")).message),
        ({"content_type": "application/jsn"}, "default response's content type 'application/jsn' is not allowed"),
        ({"message_body": "a" * 1025}, "default response's body has 1025 characters"),
        (
            {"content_type": "application/json", "message_body": "{"},
            "default response's body '{' is not JSON: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1)",
        ),
        *(
            (
                {"content_type": "application/json", "message_body": body},
                f"default response's body {body!r} is not JSON: {word} is not a value of JSON",
            )
            for body, word in (("NaN", "NaN"), ('{"a": -Infinity}', "-Infinity"))
        ),
    ],
)
def test_a_default_response_that_a_load_balancer_does_not_allow_is_refused(
    fields: dict[str, Any], problem: str
) -> None:
    response = FixedResponse(**{"status_code": 404, "content_type": "text/plain", "message_body": "no", **fields})

    assert first_lines(problems_of(deployment(default_action=response))) == [f"deployment 'shop': {problem}"]


def test_a_default_action_that_forwards_to_an_unknown_service_is_refused_with_a_suggestion() -> None:
    declared = deployment(service("orders"), default_action=ForwardTo(service="order"))

    assert problems_of(declared) == [
        "deployment 'shop': default action forwards to 'order', which is not a declared service\n"
        "    did you mean 'orders'? declared: orders"
    ]


def test_a_default_action_of_another_type_is_refused() -> None:
    assert problems_of(deployment(default_action="orders")) == [
        "deployment 'shop': default_action 'orders' is not a FixedResponse or a ForwardTo\n"
        "    write a FixedResponse or a ForwardTo"
    ]


def test_the_domain_and_the_namespace_are_optional() -> None:
    declared = deployment(service("orders"), subdomain=None, namespace=None)

    assert problems_of(declared, environment(*declared.services, zone_name=f"{'a' * 63}.example.com")) == []


def test_a_public_image_without_a_nat_gateway_is_refused() -> None:
    declared = deployment(service("orders", public_image="registry.example.com/hello"))
    offline = environment(*declared.services, network=NetworkSettings(vpc_cidrs=BLOCKS, nat="none"))

    assert problems_of(declared, offline) == [
        "deployment 'shop', service 'orders': public image 'registry.example.com/hello' cannot be pulled without a "
        "NAT gateway\n"
        "    use nat 'single' or 'per_zone', or a repository of your own"
    ]


def test_more_services_than_a_load_balancer_has_rules_are_refused() -> None:
    assert first_lines(problems_of(deployment(*numbered(101)))) == [
        "deployment 'shop': 101 services need 101 listener rules; a load balancer has at most 100",
        "deployment 'shop': its services need 101 rules in the load balancer's security group, which has at most 60",
    ]


def test_one_service_more_than_a_security_group_has_rules_is_refused() -> None:
    assert problems_of(deployment(*numbered(60))) == []
    assert first_lines(problems_of(deployment(*numbered(61)))) == [
        "deployment 'shop': its services need 61 rules in the load balancer's security group, which has at most 60"
    ]


def test_a_port_of_its_own_for_health_checks_is_one_more_rule_in_the_load_balancers_security_group() -> None:
    services = numbered(59)

    assert problems_of(deployment(*services)) == []
    assert first_lines(
        problems_of(deployment(*services, service("last", rule_priority=1000, health_check_port=9)))
    ) == ["deployment 'shop': its services need 61 rules in the load balancer's security group, which has at most 60"]


def test_services_that_the_load_balancer_does_not_forward_to_need_none_of_its_rules() -> None:
    workers = [Service(name=f"worker{number}", container_port=None) for number in range(10)]

    assert problems_of(deployment(*numbered(60), *workers)) == []


@pytest.mark.parametrize(("seconds", "refused"), [(20, True), (21, False), (None, False)])
def test_a_stop_timeout_of_a_service_is_longer_than_the_environments_drain_time(
    seconds: int | None, refused: bool
) -> None:
    found = problems_of(deployment(service("orders", stop_timeout_seconds=seconds)))

    assert found == (
        [
            "deployment 'shop', service 'orders': stop_timeout_seconds 20 is not longer than the environment's "
            "tasks.drain_seconds 20: ECS would kill its tasks while they serve requests\n"
            "    use 21 or more"
        ]
        if refused
        else []
    )


def test_more_callers_than_a_security_group_has_rules_are_refused() -> None:
    callers = numbered(59, calls=("core",))
    core = service("core", rule_priority=1000)

    assert problems_of(deployment(*callers, core)) == []
    assert (
        "deployment 'shop': 60 services and the load balancer call 'core'; its security group has at most 60 rules"
        in (first_lines(problems_of(deployment(*callers, core, service("late", rule_priority=1001, calls=("core",))))))
    )


def test_more_callees_than_a_security_group_has_rules_are_refused() -> None:
    callees = numbered(60)
    caller = service("caller", rule_priority=1000, calls=tuple(callee.name for callee in callees))

    assert (
        "deployment 'shop': 'caller' calls 60 services and uses port 443; its security group has at most 60 rules"
        in (first_lines(problems_of(deployment(*callees, caller))))
    )


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ({"name": "shop"}, "another deployment has the same name"),
        (
            {"name": "shop-api"},
            "the name 'shop-api' begins with 'shop' and a hyphen, so the physical names of both could be",
        ),
        ({"name": "shop_api"}, "the name 'shop-api' begins with 'shop' and a hyphen, so the physical names"),
        ({"subdomain": "shop"}, "subdomain 'shop' is taken by deployment 'shop'"),
    ],
)
def test_deployments_that_conflict_with_each_other_are_refused(second: dict[str, Any], problem: str) -> None:
    other: Deployment = deployment(**{"name": "other", "subdomain": "other", **second})
    problems = problems_raised(lambda: check([deployment(), other], environment))

    assert len(problems) == 1
    assert problems[0].startswith(f"deployment {other.name!r}: {problem}")


def test_names_that_differ_only_in_underscores_are_the_same_name() -> None:
    one, other = deployment(name="a_b", subdomain=None), deployment(name="a-b", subdomain=None)

    assert first_lines(problems_raised(lambda: check([one, other], environment))) == [
        "deployment 'a-b': another deployment has the same name"
    ]


def test_deployments_without_a_subdomain_do_not_conflict() -> None:
    one, other = deployment(subdomain=None), deployment(name="other", subdomain=None)

    assert problems_raised(lambda: check([one, other], environment)) == []


@pytest.mark.parametrize("subdomain", ["2048", "3d", "xn--mnchen-3ya"])
def test_a_subdomain_may_begin_with_a_digit_or_be_in_punycode(subdomain: str) -> None:
    assert problems_of(deployment(service(), subdomain=subdomain)) == []


@pytest.mark.parametrize(
    ("namespace", "hidden"),
    [
        ("amazonaws.com", "the endpoints of AWS"),
        ("eu-west-1.amazonaws.com", "the endpoints of AWS"),
        ("com", "the endpoints of AWS"),
        ("io", "registry 'ghcr.io'"),
        ("ghcr.io", "registry 'ghcr.io'"),
    ],
)
def test_a_namespace_that_hides_what_a_task_needs_to_start_is_refused(namespace: str, hidden: str) -> None:
    declared = deployment(service(public_image="ghcr.io/acme/app"), namespace=namespace)

    (problem,) = problems_of(declared)
    assert problem.startswith(f"deployment 'shop': namespace {namespace!r} hides {hidden}: tasks could not pull")


@pytest.mark.parametrize("namespace", ["services", "shop.internal", "acme.com", "notamazonaws.com", "hcr.io"])
def test_any_other_namespace_is_allowed(namespace: str) -> None:
    assert problems_of(deployment(service(public_image="ghcr.io/acme/app"), namespace=namespace)) == []


def test_a_bucket_of_access_logs_with_the_name_of_the_state_bucket_is_refused() -> None:
    bucket = "colonnade-test-shop-access-logs-999988887777"
    where = environment(
        service(), state_bucket=bucket, traffic_logs=TrafficLogSettings(access_log_days=7, flow_logs=False)
    )

    (problem,) = problems_of(deployment(service()), where)
    assert f"the bucket of its access logs has the name {bucket!r}" in problem
    assert problems_of(deployment(service()), environment(service(), state_bucket=bucket)) == []
