"""Type checks: a malformed value is reported with its place, hides no other problem and causes no false one."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.model.check import check
from colonnade.model.declared import Malformed, origin_of
from colonnade.model.deployment.declaration import Deployment, FixedResponse, ForwardTo
from colonnade.model.errors import Fault, out_of_range
from colonnade.model.migration.phases import Migration
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import HealthCheck
from tests.support.specs import deployment, environment, problems_raised, service

HERE = "tests/model/test_shape.py"
PORT_0 = out_of_range("container port", 0, 1, 65_535).message


def problems_of(*items: Any) -> list[str]:
    return problems_raised(lambda: check(items, lambda: environment(service("orders"), service("users"))))


def first_lines(*items: Any) -> list[str]:
    return [problem.splitlines()[0].split(": ", 1)[1] for problem in problems_of(*items)]


def test_a_misspelt_field_is_reported_with_its_place_and_a_suggestion() -> None:
    misspelt: Any = {"nmae": "users", "path_prefix": "/users", "container_port": 80}
    wrong = Service(**misspelt)
    (problem,) = problems_of(deployment(service("orders", calls=("users",)), wrong))

    assert problem.startswith(f"{HERE}:")
    assert (
        ": Service has no field 'nmae'\n    did you mean 'name'? fields: accepted_warnings, architecture, " in problem
    )


def test_a_missing_field_is_reported_and_everything_else_is_checked() -> None:
    bare: Any = {"name": "users", "path_prefix": "/orders"}

    missing, taken = first_lines(deployment(service("orders", calls=("users",)), Service(**bare)))
    assert missing == "Service has no container_port"
    assert taken.startswith("path prefix '/orders' ")
    assert "service 'orders'" in taken


def test_a_positional_value_is_reported_and_used_for_its_field() -> None:
    positional: Any = ("users",)
    declared: Any = Service
    wrong = declared(*positional, path_prefix="/users", container_port=80)

    assert first_lines(deployment(service("orders", calls=("users",)), wrong)) == [
        "Service takes name as a keyword argument"
    ]


def test_the_other_fields_of_a_deployment_with_a_positional_name_are_reported_missing() -> None:
    declared: Any = Deployment
    assert first_lines(declared("shop")) == [
        "Deployment takes name as a keyword argument",
        "Deployment has no services",
        "Deployment has no default_action",
    ]


def test_a_service_without_a_name_causes_no_problem_about_other_names() -> None:
    nameless: Any = {"path_prefix": "/users", "container_port": 80}
    declared = deployment(
        service("orders", calls=("users",)), Service(**nameless), default_action=ForwardTo(service="x")
    )

    assert first_lines(declared) == ["Service has no name"]


WRONG_CHECK: Any = {
    "interval_seconds": "9",
    "timeout_seconds": 3,
    "healthy_threshold": 3,
    "unhealthy_threshold": 1,
}


@pytest.mark.parametrize(
    ("fields_", "faults"),
    [
        (
            {"container_port": "80", "cpu_units": 3},
            ["container_port '80' is not a", "3 CPU units are not"],
        ),
        ({"memory_mib": "512", "cpu_units": 3}, ["memory_mib '512' is not a whole number", "3 CPU units are not"]),
        ({"memory_mib": "512"}, ["memory_mib '512' is not a whole number"]),
        ({"cpu_units": "512", "memory_mib": 7}, ["cpu_units '512' is not a whole number"]),
        (
            {"path_prefix": 7, "calls": ("missing",)},
            ["path_prefix 7 is not", "calls 'missing', which is not"],
        ),
        ({"rule_priority": "x", "desired_count": -1}, ["rule_priority 'x' is not", "desired count -1 "]),
        (
            {"health_check": HealthCheck(**WRONG_CHECK)},
            ["health_check.interval_seconds '9' is not", "health_check.unhealthy_threshold 1 "],
        ),
    ],
)
def test_a_wrong_type_hides_no_other_problem_and_causes_no_false_one(
    fields_: dict[str, Any], faults: list[str]
) -> None:
    wrong = service("users", **fields_)
    found = first_lines(deployment(service("orders", calls=("users",)), wrong))

    assert len(found) == len(faults)
    assert all(message.startswith(fault) for message, fault in zip(found, faults, strict=True))


def test_a_malformed_default_action_is_reported_and_no_service_is_called_unreachable_for_it() -> None:
    declared: Any = ForwardTo
    lonely = Service(name="orders", container_port=80)

    misspelt = deployment(lonely, default_action=declared(servce="orders"))
    assert first_lines(misspelt) == ["ForwardTo has no field 'servce'"]
    assert first_lines(deployment(lonely, default_action="orders")) == [
        "default_action 'orders' is not a FixedResponse or a ForwardTo"
    ]


def test_services_in_a_list_or_without_a_tuple_are_still_checked() -> None:
    broken = service("orders", container_port=0)

    assert first_lines(deployment(services=[broken]))[1:] == [PORT_0]
    assert first_lines(deployment(services=broken))[1:] == [PORT_0]
    assert first_lines(deployment(services=(broken, None, "x"))) == [
        "services[1] None is not a Service",
        "services[2] 'x' is not a Service",
        PORT_0,
    ]


def test_an_item_that_is_not_a_deployment_is_reported_with_all_other_problems() -> None:
    broken = deployment(service("orders", container_port=0))

    assert first_lines(None, json, service(), broken) == [
        "contain None",
        "contain the module 'json'",
        "contain a Service",
        PORT_0,
    ]


def test_a_deployment_without_a_tuple_is_still_checked() -> None:
    alone: Any = deployment(service("orders", container_port=0))
    found = problems_raised(lambda: check(alone, environment))

    assert found[0].splitlines()[0] == "deployments: are not a tuple of deployments"
    assert f"deployment 'shop', service 'orders': {PORT_0}" in found[1]


def test_a_copy_equals_its_original_and_keeps_the_given_fields() -> None:
    one = service("orders", container_port=80)
    origin, replaced = origin_of(one), origin_of(replace(one, container_port=81))

    assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one  # noqa: S301
    assert origin is not None
    assert origin.given == {"name", "path_prefix", "container_port"}
    assert replaced is not None
    assert replaced.given == {"name", "path_prefix", "container_port"}
    assert replaced.file == HERE


MALFORMED = Malformed(
    declaration=Migration,
    arguments={},
    missing=frozenset({"monolith", "microservices"}),
    faults=(Fault("is wrong", "repair it"),),
    place="x:1",
)
ANY_VALUE = st.one_of(
    st.none(), st.integers(), st.text(max_size=5), st.booleans(), st.floats(allow_nan=False), st.just(()),
    st.lists(st.integers(), max_size=2).map(tuple), st.just(service()), st.just([]), st.just(json),
    st.just(MALFORMED),
    st.just(FixedResponse(status_code=404, content_type="text/plain", message_body="")),
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from([field.name for field in fields(Service)]), ANY_VALUE),
    st.dictionaries(st.sampled_from([field.name for field in fields(Deployment)]), ANY_VALUE),
)
@settings(deadline=None)
def test_any_values_are_valid_or_reported_as_problems(
    of_service: dict[str, Any], of_deployment: dict[str, Any]
) -> None:
    wrong = Service(**{"name": "users", "path_prefix": "/users", "container_port": 1, **of_service})
    declared = deployment(service("orders"), wrong)
    problems_of(replace(declared, **of_deployment))


@given(st.dictionaries(st.text(max_size=8), ANY_VALUE, max_size=4), st.lists(ANY_VALUE, max_size=9))
@settings(deadline=None)
def test_any_arguments_of_a_declaration_are_valid_or_reported_as_problems(
    named: dict[str, Any], positional: list[Any]
) -> None:
    declared: Any = Service
    problems_of(deployment(service("orders"), declared(*positional, **named)))
