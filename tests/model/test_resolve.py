"""Resolved deployments: every value exists once, as a plain value with its source."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.model.migration.phases import ORDER
from colonnade.model.network.plan import NetworkPlan
from colonnade.model.resolve import resolve
from colonnade.model.resolved import Resolved, ResolvedEdge, ResolvedService
from colonnade.show import show_json, show_text
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.specs import deployment, environment, problems_raised, resolved, service

FOUND = [each for name in PROJECT.environment_names() for each in PROJECT.resolve(name)]
RESOLVED = {(each.environment, each.name): each for each in FOUND}
EVERY = pytest.mark.parametrize("found", RESOLVED.values(), ids=lambda each: f"{each.name}-{each.environment}")


@EVERY
def test_every_value_has_a_source(found: Resolved) -> None:
    values: tuple[Any, ...] = (found, found.names, *found.services, *found.edges)
    for value in values:
        names = {field.name for field in dataclasses.fields(value)} - {"sources"}
        assert names <= value.sources.keys()
        assert {name.partition(".")[0] for name in value.sources} <= names


def test_edges_follow_the_declared_calls_both_ways_with_the_callees_port() -> None:
    one = service("one", calls=("two", "three"), container_port=7071)
    two = service("two", calls=("one",), container_port=7072)
    three = service("three", container_port=7073)

    assert [(each.caller, each.callee, each.port) for each in resolved(deployment(one, two, three)).edges] == [
        ("one", "two", 7072),
        ("one", "three", 7073),
        ("two", "one", 7071),
    ]


def test_each_service_has_its_own_count_or_the_environments_and_zero_is_a_count() -> None:
    usual, none, many = service("usual"), service("none", desired_count=0), service("many", desired_count=5)

    assert [each.desired_count for each in resolved(deployment(usual, none, many)).services] == [2, 0, 5]


def test_a_declared_priority_wins_over_the_computed_one() -> None:
    found = resolved(deployment(service("service1"), service("other", rule_priority=5)))

    assert [each.priority for each in found.services] == [45789, 5]


def test_the_domain_name_is_the_subdomain_in_the_environments_zone() -> None:
    assert resolved(deployment()).domain_name == "shop.example.com"
    assert resolved(deployment(subdomain=None)).domain_name is None


def test_the_address_plan_is_the_environments() -> None:
    network = resolved(deployment()).network
    assert isinstance(network, NetworkPlan)
    assert network.private_cidrs == ("10.0.128.0/20", "10.0.144.0/20")


@pytest.mark.parametrize("phase", ORDER)
def test_every_image_that_is_not_public_has_its_repository_in_every_phase(phase: str) -> None:
    repositories = {
        image: name
        for each in PROJECT.resolve("sandbox", migration_phase=phase)
        for image, name in each.image_repositories.items()
    }
    services = [each for declared in DEPLOYMENTS for each in declared.services]

    assert repositories == {
        each.image: f"colonnade-sandbox-{each.image}" for each in services if each.public_image is None
    }


def test_a_source_is_a_place_in_a_file_a_table_or_the_default() -> None:
    found = RESOLVED["prod", "services"].service("service1")

    assert found.sources["container_port"] == "deployments/services.py:15 service 'service1'"
    assert found.sources["memory_mib"] == "default"
    assert found.sources["desired_count"] == "environments/prod.toml [tasks]"
    assert found.sources["image"] == "environments/prod.images.toml [images]"
    assert RESOLVED["prod", "product_user"].service("user-svc").sources["image"] == "environments/prod.toml [images]"
    assert RESOLVED["dev", "services"].sources["protection.web_acl_arn"] == "default"
    assert "protection.web_acl_arn" not in RESOLVED["prod", "services"].sources


def test_a_declared_value_equal_to_the_default_has_its_declaration_as_source() -> None:
    assert resolved(deployment(service("orders"))).service("orders").sources["memory_mib"] == "default"
    written = resolved(deployment(service("orders", memory_mib=512))).service("orders").sources["memory_mib"]
    assert written.endswith("service 'orders'")


@pytest.mark.parametrize("phase", ORDER)
def test_the_source_of_a_phase_is_the_environment_or_the_override(phase: str) -> None:
    (board,) = [each for each in PROJECT.resolve("sandbox", migration_phase=phase) if each.name == "message_board"]
    api = board.service("api")

    assert board.sources["migration"] == "MIGRATION_PHASE"
    assert RESOLVED["sandbox", "message_board"].sources["migration"] == (
        "environments/sandbox.toml [migration.message_board]"
    )
    assert (api.desired_count, api.sources["desired_count"]) == (
        (0, "MIGRATION_PHASE") if phase == "retired" else (2, "environments/sandbox.toml [tasks]")
    )
    assert (len(board.services) == 1) == (phase == "monolith")


def test_before_images_are_pinned_all_other_values_are_resolved() -> None:
    orders = service("orders")
    (found,) = resolve((deployment(orders),), lambda: environment(images={}), before_images=True)

    assert found.service("orders").image is None
    assert found.service("orders").container_definitions is None
    assert found.service("orders").repository_name == "colonnade-test-orders"


@EVERY
def test_the_json_has_its_version_and_every_value(found: Resolved) -> None:
    document = json.loads(show_json(found))

    assert document["version"] == 1
    assert document["deployment"].keys() == {field.name for field in dataclasses.fields(found)}
    name = found.services[0].name
    assert json.loads(show_json(found, name)) == {"version": 1, "service": document["deployment"]["services"][0]}


def test_the_documentation_names_every_value_of_the_json() -> None:
    document = (PROJECT.root / "docs" / "resolved.md").read_text(encoding="utf-8")
    for type_ in (Resolved, ResolvedService, ResolvedEdge):
        names = {field.name for field in dataclasses.fields(type_)}
        assert names <= set(re.findall(r"`(\w+)`", document))


@EVERY
def test_the_text_has_every_value_in_a_line_with_its_source(found: Resolved) -> None:
    text = show_text(found)

    for each in found.services:
        assert show_text(found, each.name) in text
    lines = show_text(found, found.services[0].name).splitlines()
    assert any(line.split()[:2] == ["memory_mib", str(found.services[0].memory_mib)] for line in lines)


def test_an_unknown_service_is_a_problem_that_names_the_known_ones() -> None:
    assert problems_raised(lambda: show_text(RESOLVED["prod", "services"], "service4")) == [
        "service 'service4': deployment 'services' has no such service in environment 'prod'\n"
        "    did you mean 'service3'? services: service1, service2, service3"
    ]


@given(st.permutations(DEPLOYMENTS))
@settings(deadline=None, max_examples=5)
def test_no_deployment_depends_on_the_others_or_their_order(order: list[Any]) -> None:
    for found in resolve(order, lambda: PROJECT.environment("sandbox")):
        assert found == RESOLVED["sandbox", found.name]
