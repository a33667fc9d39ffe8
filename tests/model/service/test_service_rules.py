"""Refusals of a service, alone and together with other services, with their messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.declared_types import type_fault
from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.errors import out_of_range
from colonnade.model.naming import label_fault
from colonnade.model.routing.path_pattern import prefix_fault
from colonnade.model.service.declaration import Service
from colonnade.model.service.task_size import task_size_fault
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
        f"service 'orders': {prefix_fault('/orders*')}\n"
        "service 'inventory': calls 'order', which is not a declared service\n"
        "    did you mean 'orders'? declared: inventory, orders, users\n"
        f"service 'users': {task_size_fault(256, 4096)}"
    )


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"container_port": 0}, out_of_range("container port", 0, 1, 65_535)),
        ({"container_port": 65_536}, out_of_range("container port", 65_536, 1, 65_535)),
        ({"desired_count": -1}, out_of_range("desired count", -1, 0, 5000)),
        ({"cpu_units": 300}, task_size_fault(300, 512)),
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
            "path prefix '/users' is taken by service 'users', so this service never gets a request\n"
            "    use another prefix; one below it is allowed, and the longer one wins",
        ),
        ({"container_port": "8080"}, "container_port '8080' is not a whole number\n    write 8080 without quotes"),
        ({"calls": "users"}, type_fault("calls", tuple[str, ...], "users")),
        (
            {"architecture": "arm64"},
            "architecture 'arm64' is not allowed\n    allowed: ARM64, X86_64",
        ),
    ],
)
def test_a_field_that_breaks_a_rule_is_refused(fields: dict[str, Any], problem: object) -> None:
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
        ({"public_image": "registry.example.com/hello_world"}, label_fault("image", "hello_world")),
        ({"image_name": "Hello"}, label_fault("image", "Hello")),
        (
            {"image_name": "hello", "public_image": "registry.example.com/hello"},
            "has both an image_name and a public_image\n    declare the one that it runs",
        ),
    ],
)
def test_an_image_that_cannot_be_pulled_is_refused(fields: dict[str, Any], problem: object) -> None:
    assert problems_of(deployment(service("orders", **fields))) == [f"service 'orders': {problem}"]


def test_a_service_without_a_prefix_is_refused_unless_the_default_action_forwards_to_it() -> None:
    lonely = Service(name="orders", container_port=8080)

    assert problems_of(deployment(lonely, default_action=ForwardTo(service="orders"))) == []
    assert problems_of(deployment(lonely)) == [
        "service 'orders': has no path prefix and is not the default action's service, so it never gets a request\n"
        "    give it a path prefix, or the deployment `default_action=ForwardTo(service='orders')`"
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
    fault = label_fault("name", "Order_API")
    assert problems_of(deployment(service("Order_API", "/orders"))) == [f"service 'Order_API': {fault}"]


def test_a_name_that_is_too_long_for_a_dns_label_is_refused() -> None:
    name = "a" * 64
    assert problems_of(deployment(service(name, "/a"))) == [f"service {name!r}: {label_fault('name', name)}"]


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
    calls = type_fault("calls", tuple[str, ...], 3)
    assert calls is not None

    assert [problem.splitlines()[0] for problem in problems_of(declared)] == [
        "service ['orders']: name ['orders'] is not a string",
        f"service ['orders']: {calls.message}",
        f"service 'users': {out_of_range('container port', 0, 1, 65_535).message}",
    ]
