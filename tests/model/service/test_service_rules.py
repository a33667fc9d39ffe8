"""Refusals of a service, alone and together with other services, with their messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from colonnade.model.declared_types import type_faults
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
        f"deployment 'shop', service 'orders': {prefix_fault('/orders*')}\n"
        "deployment 'shop', service 'inventory': calls 'order', which is not a declared service\n"
        "    did you mean 'orders'? declared: inventory, orders, users\n"
        f"deployment 'shop', service 'users': {task_size_fault(256, 4096)}"
    )


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"container_port": 0}, out_of_range("container port", 0, 1, 65_535)),
        ({"container_port": 65_536}, out_of_range("container port", 65_536, 1, 65_535)),
        ({"desired_count": -1}, out_of_range("desired count", -1, 0, 5000)),
        ({"sticky_session_seconds": 0}, out_of_range("sticky_session_seconds", 0, 1, 604_800)),
        ({"sticky_session_seconds": 604_801}, out_of_range("sticky_session_seconds", 604_801, 1, 604_800)),
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
            "path prefix '/users' is taken by service 'users': no client's request would reach this one\n"
            "    use another prefix; one below it is allowed, and the longer one wins",
        ),
        (
            {"container_port": "8080"},
            next(type_faults("container_port", int | None, "8080")),
        ),
        ({"calls": "users"}, next(type_faults("calls", tuple[str, ...], "users"))),
        (
            {"architecture": "arm64"},
            next(type_faults("architecture", Literal["X86_64", "ARM64"], "arm64")),
        ),
    ],
)
def test_a_field_that_breaks_a_rule_is_refused(fields: dict[str, Any], problem: object) -> None:
    declared = deployment(service("users"), service("orders", **fields))

    assert problems_of(declared) == [f"deployment 'shop', service 'orders': {problem}"]


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
        *(
            (
                {"public_image": f"111122223333.{host}/hello"},
                f"public image '111122223333.{host}/hello' is in a private registry, which its execution role may not "
                "pull from\n    declare image_name, for a repository of the environment's own",
            )
            for host in ("dkr.ecr-fips.us-east-1.amazonaws.com", "dkr-ecr.eu-west-1.on.aws")
        ),
        *(
            (
                {"public_image": f"registry.acme.dev:{port}/x"},
                f"public image 'registry.acme.dev:{port}/x' is at port {port} of its registry; tasks may connect only "
                "to port 443 outside the VPC\n    use a registry at port 443",
            )
            for port in (5000, 99_999)
        ),
        (
            {"public_image": "-.-/app"},
            "public image '-.-/app' is not an image's registry and path\n    write the registry and the path, such as "
            "'public.ecr.aws/nginx/nginx'; the environment gives the tag",
        ),
        ({"image_name": "Hello"}, label_fault("image", "Hello")),
        (
            {"image_name": "hello", "public_image": "registry.example.com/hello"},
            "has both an image_name and a public_image\n    declare the one that it runs",
        ),
    ],
)
def test_an_image_that_cannot_be_pulled_is_refused(fields: dict[str, Any], problem: object) -> None:
    assert problems_of(deployment(service("orders", **fields))) == [f"deployment 'shop', service 'orders': {problem}"]


def test_a_priority_without_a_rule_is_refused() -> None:
    lonely = Service(name="orders", container_port=8080, rule_priority=7)

    assert problems_of(deployment(lonely, default_action=ForwardTo(service="orders"))) == [
        "deployment 'shop', service 'orders': rule_priority 7 has no effect: the service has no path prefix\n    "
        "remove it"
    ]


def test_a_call_without_a_namespace_is_refused() -> None:
    declared = deployment(service("orders", calls=("users",)), service("users"), namespace=None)

    assert problems_of(declared) == [
        "deployment 'shop', service 'orders': calls 'users', and the deployment has no namespace in which services "
        "find each other\n"
        "    give the deployment a namespace"
    ]


def test_a_name_that_is_not_a_dns_label_is_refused() -> None:
    fault = label_fault("name", "Order_API")
    assert problems_of(deployment(service("Order_API", "/orders"))) == [
        f"deployment 'shop', service 'Order_API': {fault}"
    ]


def test_a_name_that_is_too_long_for_a_dns_label_is_refused() -> None:
    name = "a" * 64
    assert problems_of(deployment(service(name, "/a"))) == [
        f"deployment 'shop', service {name!r}: {label_fault('name', name)}"
    ]


def test_a_second_service_of_the_same_name_is_refused() -> None:
    assert problems_of(deployment(service("orders", "/a"), service("orders", "/b"))) == [
        "deployment 'shop', service 'orders': name 'orders' is taken by the service at path prefix '/a'\n"
        "    give the service at path prefix '/b' a name of its own"
    ]


def test_two_callees_with_the_same_variable_are_refused() -> None:
    declared = deployment(service("orders", calls=("users", "service")), service("users"), service("service"))

    assert problems_of(declared) == [
        "deployment 'shop', service 'orders': calls 'service' after 'users', and the variable of both would be "
        "SERVICE_URL\n"
        "    put 'service' first in its calls"
    ]


def test_each_fault_of_a_service_is_a_problem() -> None:
    wrong = service("Orders", "orders", container_port=0, cpu_units=1, calls=("x",), health_check_path="")

    assert len(problems_of(deployment(wrong))) == 6


def test_a_service_with_wrong_types_does_not_hide_problems_of_others() -> None:
    unnamed: Any = ["orders"]
    declared = deployment(replace(service(calls=3), name=unnamed), service("users", container_port=0))
    calls = next(type_faults("calls", tuple[str, ...], 3))
    assert calls is not None

    assert [problem.splitlines()[0] for problem in problems_of(declared)] == [
        "deployment 'shop', service ['orders']: name ['orders'] is not a string",
        f"deployment 'shop', service ['orders']: {calls.message}",
        f"deployment 'shop', service 'users': {out_of_range('container port', 0, 1, 65_535).message}",
    ]


@pytest.mark.parametrize(
    "image",
    [
        *(
            "ghcr.io/acme/my_app",
            "docker.io/prom/node__exporter",
            "public.ecr.aws/l6m2t8p7/2048",
            "ghcr.io/acme/app.web",
        ),
        "registry.acme.dev:443/x/y",
    ],
)
def test_a_public_image_may_have_any_name_that_registries_allow(image: str) -> None:
    assert problems_of(deployment(service(public_image=image))) == []


@pytest.mark.parametrize("calls", [("aws-endpoint", "users"), ("users", "aws-endpoint")])
def test_a_callee_whose_variable_configures_aws_sdks_is_refused(calls: tuple[str, ...]) -> None:
    assert problems_of(deployment(service(calls=calls), service("users"), service("aws-endpoint"))) == [
        "deployment 'shop', service 'orders': calls 'aws-endpoint', whose variable AWS_ENDPOINT_URL configures AWS "
        "SDKs "
        "in its container\n    rename service 'aws-endpoint'"
    ]
