"""Refusals of a service, alone and together with other services, with their messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.service.declaration import Service
from tests.support.specs import deployment, problems_of, service


def test_valid_services_pass() -> None:
    services = [
        service("orders", calls=("inventory",), container_port=1),
        service("inventory", "/orders/inventory", calls=("orders",), container_port=65_535),
        service("users", cpu_units=1024, memory_mib=2048, architecture="ARM64", desired_count=0, rule_priority=50_000),
    ]

    assert problems_of(deployment(*services)) == []


def test_every_problem_of_every_service_is_reported_at_once_in_the_documented_format() -> None:
    services = [
        service("orders", "/orders*"),
        service("inventory", calls=("order",)),
        service("users", memory_mib=4096),
    ]

    assert "\n".join(problems_of(deployment(*services))) == (
        "service 'orders': path prefix '/orders*' is a pattern, not a prefix\n"
        "    use '/orders'; it is routed as '/orders' and '/orders/*'\n"
        "service 'inventory': calls 'order', which is not a declared service\n"
        "    did you mean 'orders'? declared: inventory, orders, users\n"
        "service 'users': 256 CPU units do not allow 4096 MiB\n"
        "    allowed with 256: 512, 1024, 2048"
    )


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"container_port": 0}, "container port 0 is out of range\n    allowed: 1 to 65535"),
        ({"container_port": 65_536}, "container port 65536 is out of range\n    allowed: 1 to 65535"),
        ({"desired_count": -1}, "desired count -1 is out of range\n    allowed: 0 to 5000"),
        (
            {"cpu_units": 300},
            "300 CPU units are not a Fargate task size\n    allowed: 256, 512, 1024, 2048, 4096, 8192, 16384",
        ),
        (
            {"calls": ("orders",)},
            "calls itself\n    remove 'orders' from its calls; a service reaches itself on localhost",
        ),
        ({"calls": ("users", "users")}, "calls 'users' 2 times\n    name each callee once"),
        (
            {"health_check_path": "health"},
            "health check path 'health' is not a path\n    begin it with '/'; 1 to 1024 characters",
        ),
        (
            {"health_check_path": "/is it"},
            "health check path '/is it' contains whitespace or a character that is not ASCII\n    percent-encode it",
        ),
        (
            {"path_prefix": "/users"},
            "path prefix '/users' is taken by service 'users', so no client's request would reach this service\n"
            "    use another prefix; one below it is allowed, and the longer one wins",
        ),
        ({"container_port": "8080"}, "container_port '8080' is not a whole number\n    write 8080 without quotes"),
        (
            {"calls": "users"},
            "calls 'users' is not a tuple in which each item is a string\n"
            "    a tuple of one item ends with a comma: (item,)",
        ),
        (
            {"architecture": "arm64"},
            "architecture 'arm64' is not allowed\n    allowed: ARM64, X86_64",
        ),
    ],
)
def test_a_field_that_breaks_a_rule_is_refused(fields: dict[str, Any], problem: str) -> None:
    declared = deployment(service("users"), service("orders", **fields))

    assert problems_of(declared) == [f"service 'orders': {problem}"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"public_image": "hello"},
            "public image 'hello' is not an image's registry and path\n    write the registry and the path, such as "
            "'public.ecr.aws/nginx/nginx'; the environment gives the tag",
        ),
        (
            {"public_image": "registry.example.com/hello:1"},
            "public image 'registry.example.com/hello:1' is not an image's registry and path\n    write the registry "
            "and the path, such as 'public.ecr.aws/nginx/nginx'; the environment gives the tag",
        ),
        (
            {"public_image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/hello"},
            "public image '111122223333.dkr.ecr.eu-west-1.amazonaws.com/hello' is in a private registry, which its "
            "execution role may not pull from\n    declare image_name, for a repository of the environment's own",
        ),
        (
            {"public_image": "registry.example.com/hello_world"},
            "image 'hello_world' is not valid as a DNS label and an image repository's name\n"
            "    use 'hello-world': 1 to 63 lower-case letters, digits and single hyphens, a letter first",
        ),
        (
            {"image_name": "Hello"},
            "image 'Hello' is not valid as a DNS label and an image repository's name\n"
            "    use 'hello': 1 to 63 lower-case letters, digits and single hyphens, a letter first",
        ),
        (
            {"image_name": "hello", "public_image": "registry.example.com/hello"},
            "has both an image_name and a public_image\n    declare the one that it runs",
        ),
    ],
)
def test_an_image_that_cannot_be_pulled_is_refused(fields: dict[str, Any], problem: str) -> None:
    assert problems_of(deployment(service("orders", **fields))) == [f"service 'orders': {problem}"]


def test_a_service_without_a_prefix_is_refused_unless_the_default_action_forwards_to_it() -> None:
    lonely = Service(name="orders", container_port=8080)

    assert problems_of(deployment(lonely, default_action=ForwardTo(service="orders"))) == []
    assert problems_of(deployment(lonely)) == [
        "service 'orders': has no path prefix and is not the default action's service; ECS requires a listener that "
        "forwards to it\n"
        "    give it a path prefix, or the deployment `default_action=ForwardTo(service='orders')`; both make it "
        "public: a service that only other services call cannot be declared"
    ]


def test_a_priority_without_a_rule_is_refused() -> None:
    lonely = Service(name="orders", container_port=8080, rule_priority=7)

    assert problems_of(deployment(lonely, default_action=ForwardTo(service="orders"))) == [
        "service 'orders': rule_priority 7 has no effect: the service has no path prefix\n    remove it"
    ]


def test_a_call_without_a_namespace_is_refused() -> None:
    declared = deployment(service("orders", calls=("users",)), service("users"), namespace=None)

    assert problems_of(declared) == [
        "service 'orders': calls 'users', and the deployment has no namespace in which services find each other\n"
        "    give the deployment a namespace"
    ]


def test_a_name_that_is_not_a_dns_label_is_refused() -> None:
    assert problems_of(deployment(service("Order_API", "/orders"))) == [
        "service 'Order_API': name 'Order_API' is not valid as a DNS label and an image repository's name\n"
        "    use 'order-api': 1 to 63 lower-case letters, digits and single hyphens, a letter first"
    ]


def test_a_name_that_is_too_long_for_a_dns_label_is_refused() -> None:
    problems = problems_of(deployment(service("a" * 64, "/a")))

    assert len(problems) == 1
    assert "has 64 characters; a DNS label has at most 63" in problems[0]


def test_a_second_service_of_the_same_name_is_refused() -> None:
    assert problems_of(deployment(service("orders", "/a"), service("orders", "/b"))) == [
        "service 'orders': name 'orders' is taken by the service at path prefix '/a'\n"
        "    give the service at path prefix '/b' a name of its own"
    ]


def test_two_callees_with_the_same_variable_are_refused() -> None:
    declared = deployment(service("orders", calls=("users", "service")), service("users"), service("service"))

    assert problems_of(declared) == [
        "service 'orders': calls 'service' after 'users', and the variable of both would be SERVICE_URL\n"
        "    put 'service' first in its calls"
    ]


def test_each_fault_of_a_service_is_a_problem() -> None:
    wrong = service("Orders", "orders", container_port=0, cpu_units=1, calls=("x",), health_check_path="")

    assert len(problems_of(deployment(wrong))) == 6


def test_a_service_with_wrong_types_does_not_hide_problems_of_others() -> None:
    unnamed: Any = ["orders"]
    declared = deployment(replace(service(calls=3), name=unnamed), service("users", container_port=0))

    assert [problem.splitlines()[0] for problem in problems_of(declared)] == [
        "service ['orders']: name ['orders'] is not a string",
        "service ['orders']: calls 3 is not a tuple in which each item is a string",
        "service 'users': container port 0 is out of range",
    ]
