"""Stacks with a routed service, an internal service and a worker: what each of them has, and what it has not."""

from __future__ import annotations

import functools
import json
import re

import pytest

from colonnade.diagrams.deployed import Call
from colonnade.diagrams.drawing import as_svg
from colonnade.diagrams.stack_reader import read_deployed
from colonnade.model.service.container import ContainerHealthCheck
from colonnade.model.service.declaration import Service
from tests.support.specs import deployment, environment, service
from tests.support.synth import Stack, synthesize

pytestmark = pytest.mark.synth

ORDERS = service("orders", calls=("catalog",), health_check_port=9000, health_check_matcher="200-299")
CATALOG = Service(
    name="catalog",
    container_port=8081,
    container_health_check=ContainerHealthCheck(command=("python", "-m", "catalog.health")),
)
MAILER = Service(name="mailer", container_port=None, calls=("catalog",))
SERVICES = (ORDERS, CATALOG, MAILER)


@functools.cache
def _shop() -> Stack:
    return synthesize(environment(*SERVICES), deployment(*SERVICES))["shop"]


def _owners(kind: str) -> set[str]:
    """Return the services that have a resource of this type in their scope."""
    return {re.split("_(service|tasks)_", id_)[0] for id_ in _shop().resources(kind)}


def test_only_a_routed_service_has_a_target_group_and_a_rule() -> None:
    stack = _shop()
    assert _owners("aws_lb_target_group") == {"orders"}
    assert len(stack.resources("aws_lb_listener_rule")) == 1
    registered = {
        name: "load_balancer" in stack.only("aws_ecs_service", f"{name}_service_")
        for name in ("orders", "catalog", "mailer")
    }
    assert registered == {"orders": True, "catalog": False, "mailer": False}
    graced = [
        id_ for id_, body in stack.resources("aws_ecs_service").items() if "health_check_grace_period_seconds" in body
    ]
    assert [id_.split("_")[0] for id_ in graced] == ["orders"]


def test_only_a_worker_has_no_name_in_the_namespace() -> None:
    stack = _shop()
    assert {body["name"] for body in stack.resources("aws_service_discovery_service").values()} == {"orders", "catalog"}
    assert "service_registries" not in stack.only("aws_ecs_service", "mailer_service_")


def test_security_groups_open_the_ports_of_requests_health_checks_and_calls_and_no_other() -> None:
    rules = {
        re.sub("_[0-9A-F]{8}$", "", id_)
        for kind in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
        for id_ in _shop().resources(kind)
        if not id_.startswith("ShopLB")
    }
    assert rules == {
        *(f"{name}_tasks_egress_https_443" for name in ("orders", "catalog", "mailer")),
        *(
            f"orders_tasks_{end}_{port}"
            for end in ("ingress_from_load_balancer", "load_balancer_egress")
            for port in (8080, 9000)
        ),
        *(f"{caller}_tasks_egress_to_catalog_8081" for caller in ("orders", "mailer")),
        *(f"catalog_tasks_ingress_from_{caller}_8081" for caller in ("orders", "mailer")),
    }


def test_the_target_group_checks_the_declared_port_and_codes() -> None:
    check = _shop().only("aws_lb_target_group")["health_check"]
    assert (check["port"], check["matcher"], check["protocol"], check["path"]) == ("9000", "200-299", "HTTP", "/health")


def test_health_checks_on_a_port_of_their_own_outlast_neither_of_their_rules() -> None:
    """Terraform creates the rules before the checks move to the port, and destroys them after the checks have left."""
    needed = _shop().only("aws_lb_target_group")["depends_on"]
    assert sorted(re.sub("_[0-9A-F]{8}$", "", each) for each in needed) == [
        "aws_vpc_security_group_egress_rule.orders_tasks_load_balancer_egress_9000",
        "aws_vpc_security_group_ingress_rule.orders_tasks_ingress_from_load_balancer_9000",
    ]


def test_a_worker_has_neither_a_port_nor_a_url() -> None:
    stack = _shop()
    (container,) = stack.only("aws_ecs_task_definition", "mailer_service_")["container_definitions"]
    assert container["portMappings"] == []
    assert "PORT" not in {each["name"] for each in container["environment"]}
    assert stack.document["output"]["service_urls"]["value"] == {"orders": "https://shop.example.com/orders"}


def test_the_diagram_shows_every_service_and_call() -> None:
    deployed = read_deployed(json.loads(_shop().text))
    assert {each.name: each.port for each in deployed.services} == {"orders": 8080, "catalog": 8081, "mailer": None}
    assert deployed.calls == (Call(caller="mailer", callee="catalog"), Call(caller="orders", callee="catalog"))
    assert ">worker<" in as_svg(deployed)
