"""What a deployment resolves to: every value is there once, plain, and with the place that it comes from."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.model.migration.phases import ORDER
from colonnade.model.resolve import resolve
from colonnade.model.resolved import Resolved
from colonnade.show import show_json, show_text
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.specs import deployment, environment, problems_raised, service

FOUND = [each for name in PROJECT.environment_names() for each in PROJECT.resolve(name)]
RESOLVED = {(each.environment, each.name): each for each in FOUND}
EVERY = pytest.mark.parametrize("resolved", RESOLVED.values(), ids=lambda each: f"{each.name}-{each.environment}")


def alone(*services: Any, **fields: Any) -> Resolved:
    (found,) = resolve((deployment(*services, **fields),), lambda: environment(*services))
    return found


@EVERY
def test_every_value_has_a_source(resolved: Resolved) -> None:
    values: tuple[Any, ...] = (resolved, resolved.names, *resolved.services, *resolved.edges)
    for value in values:
        names = {field.name for field in dataclasses.fields(value)} - {"sources"}
        assert names <= value.sources.keys()
        assert {name.partition(".")[0] for name in value.sources} <= names


@EVERY
def test_it_holds_what_the_checked_deployment_says(resolved: Resolved) -> None:
    checked = next(each for each in PROJECT.check(resolved.environment) if each.spec.name == resolved.name)

    assert [each.name for each in resolved.services] == [each.name for each in checked.services]
    for own, theirs in zip(resolved.services, checked.services, strict=True):
        assert own.container_definitions == checked.container_definitions(theirs)
        assert own.desired_count == checked.desired_count(theirs)
        assert own.health_check == checked.health_check(theirs)
    assert [(each.caller, each.callee, each.port) for each in resolved.edges] == [
        (each.caller.name, each.callee.name, each.port) for each in checked.edges
    ]


def test_a_source_is_a_place_in_a_file_a_table_or_the_default() -> None:
    found = RESOLVED["prod", "services"].service("service1")

    assert found.sources["container_port"] == "deployments/services.py:15 service 'service1'"
    assert found.sources["memory_mib"] == "default"
    assert found.sources["desired_count"] == "environments/prod.toml [tasks]"
    assert found.sources["image"] == "environments/prod.images.toml [images]"
    assert RESOLVED["prod", "product_user"].service("user-svc").sources["image"] == "environments/prod.toml [images]"
    assert RESOLVED["dev", "services"].sources["protection.web_acl_arn"] == "default"
    assert "protection.web_acl_arn" not in RESOLVED["prod", "services"].sources


def test_a_value_that_is_written_down_is_no_default_though_it_equals_it() -> None:
    assert alone(service("orders")).service("orders").sources["memory_mib"] == "default"
    written = alone(service("orders", memory_mib=512)).service("orders").sources["memory_mib"]
    assert written.endswith("service 'orders'")


@pytest.mark.parametrize("phase", ORDER)
def test_a_phase_comes_from_the_environment_or_from_what_overrides_it(phase: str) -> None:
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


def test_before_images_are_pinned_everything_else_is_resolved() -> None:
    orders = service("orders")
    (found,) = resolve((deployment(orders),), lambda: environment(images={}), before_images=True)

    assert found.service("orders").image is None
    assert found.service("orders").container_definitions is None
    assert found.service("orders").repository_name == "colonnade-test-orders"


@EVERY
def test_the_json_has_its_version_and_every_value(resolved: Resolved) -> None:
    document = json.loads(show_json(resolved))

    assert document["version"] == 1
    assert document["deployment"].keys() == {field.name for field in dataclasses.fields(resolved)}
    name = resolved.services[0].name
    assert json.loads(show_json(resolved, name)) == {"version": 1, "service": document["deployment"]["services"][0]}


@EVERY
def test_the_text_has_every_value_in_a_line_with_its_source(resolved: Resolved) -> None:
    text = show_text(resolved)

    for each in resolved.services:
        assert show_text(resolved, each.name) in text
    lines = show_text(resolved, resolved.services[0].name).splitlines()
    assert any(line.split()[:2] == ["memory_mib", str(resolved.services[0].memory_mib)] for line in lines)


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
