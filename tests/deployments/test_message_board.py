"""The message board in each phase of its migration: rules, tasks, default action and resources."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from colonnade.model.migration.phases import ORDER, PER_SERVICE
from tests.support.project import MESSAGE_BOARD as DEPLOYMENT
from tests.support.project import PROJECT
from tests.support.synth import Stack, synthesize

SANDBOX = PROJECT.environment("sandbox")
MICROSERVICES = ("users", "threads", "posts")
UNAVAILABLE = {"status_code": "503", "content_type": "text/plain", "message_body": "Nothing answers here any more"}

RULES = {
    "monolith": {"/api": "api"},
    "attached": {"/api": "api", "others": "api 100, own 0"},
    "canary": {"/api": "api", "others": "api 90, own 10"},
    "cutover": {"/api": "api", "others": "api 0, own 100"},
    "retired": {"/api": "503", "others": "api 0, own 100"},
}


@functools.cache
def stack(phase: str) -> Stack:
    return synthesize(SANDBOX, DEPLOYMENT, migration_phase=phase)["message_board"]


def _service(group: str) -> str:
    """Return the service of a reference to a target group."""
    return group.removeprefix("${aws_lb_target_group.").split("_service_")[0]


def _description(action: dict[str, Any]) -> str:
    """Return a short description of an action."""
    if action["type"] == "fixed-response":
        return str(action["fixed_response"]["status_code"])
    if "target_group_arn" in action:
        return _service(action["target_group_arn"])
    return ", ".join(f"{_service(group['arn'])} {group['weight']}" for group in action["forward"]["target_group"])


def _rules(phase: str) -> dict[str, str]:
    rules = stack(phase).resources("aws_lb_listener_rule").values()
    return {rule["condition"][0]["path_pattern"]["values"][0]: _description(rule["action"][0]) for rule in rules}


def _desired_counts(phase: str) -> dict[str, int]:
    services = stack(phase).resources("aws_ecs_service")
    return {id_.split("_service_")[0]: body["desired_count"] for id_, body in services.items()}


def test_the_monolith_owns_every_path_and_all_services_are_in_one_deployment() -> None:
    assert {service.name: service.path_prefix for service in DEPLOYMENT.services} == {
        "api": "/api",
        **{name: f"/api/{name}" for name in MICROSERVICES},
    }
    assert (DEPLOYMENT.subdomain, DEPLOYMENT.namespace) == (None, "message-board")


@pytest.mark.parametrize("environment", PROJECT.environment_names())
def test_every_environment_begins_with_the_monolith(environment: str) -> None:
    settings = PROJECT.environment(environment).migration["message_board"]
    assert (settings.phase, settings.canary_percent, settings.services) == ("monolith", 10, {})


@pytest.mark.synth
@pytest.mark.parametrize("phase", ORDER)
def test_the_rules_of_each_phase_equal_the_reviewed_rules(phase: str) -> None:
    shared = RULES[phase].get("others")
    microservices = {f"/api/{name}": shared.replace("own", name) for name in MICROSERVICES} if shared else {}
    assert _rules(phase) == {"/api": RULES[phase]["/api"], **microservices}


@pytest.mark.synth
def test_each_service_may_have_a_phase_of_its_own() -> None:
    assert _rules("users=cutover,threads=canary,posts=attached") == {
        "/api": "api",
        "/api/users": "api 0, users 100",
        "/api/threads": "api 90, threads 10",
        "/api/posts": "api 100, posts 0",
    }


@pytest.mark.synth
@pytest.mark.parametrize("phase", ORDER)
def test_only_a_retired_monolith_has_no_tasks(phase: str) -> None:
    microservices = {} if phase == "monolith" else dict.fromkeys(MICROSERVICES, 2)
    assert _desired_counts(phase) == {"api": 0 if phase == "retired" else 2, **microservices}


@pytest.mark.synth
@pytest.mark.parametrize("phase", ORDER)
def test_the_default_action_forwards_to_the_monolith_until_it_is_retired(phase: str) -> None:
    (action,) = stack(phase).only("aws_lb_listener")["default_action"]
    if phase == "retired":
        assert action == {"type": "fixed-response", "fixed_response": UNAVAILABLE}
        assert stack(phase).only("aws_lb_listener_rule", "listener_rules_api_this_")["action"] == [action]
    else:
        assert (action["type"], _description(action)) == ("forward", "api")


@pytest.mark.synth
def test_all_phases_have_the_same_resources_except_that_monolith_has_no_microservices() -> None:
    addresses = {phase: set(stack(phase).addresses()) for phase in ORDER}
    assert addresses["attached"] == addresses["canary"] == addresses["cutover"] == addresses["retired"]
    assert addresses["monolith"] < addresses["attached"]
    for address in addresses["attached"] - addresses["monolith"]:
        id_ = address.split(".")[1].removeprefix("namespace_").removeprefix("listener_rules_api_")
        assert id_.split("_")[0] in MICROSERVICES


@pytest.mark.synth
@pytest.mark.parametrize("phase", [*ORDER, "users=cutover,threads=canary,posts=attached"])
def test_the_phases_are_recorded_in_the_state_after_all_other_resources(phase: str) -> None:
    record = stack(phase).resources("terraform_data")["migration"]
    words = dict(word.split("=") for word in phase.split(",")) if "=" in phase else dict.fromkeys(MICROSERVICES, phase)
    assert record["input"] == {"order": list(ORDER), "services": words}
    assert set(record["depends_on"]) == {
        *(f"aws_ecs_service.{id_}" for id_ in stack(phase).resources("aws_ecs_service")),
        *(f"aws_lb_listener.{id_}" for id_ in stack(phase).resources("aws_lb_listener")),
    }


@pytest.mark.synth
def test_a_service_starts_after_every_rule_of_its_target_group_and_the_monolith_after_its_own_rule() -> None:
    # If a stack is created in phase `retired`, only the microservices' rules attach the monolith's target group.
    for phase in (*PER_SERVICE, "retired"):
        rules = {f"aws_lb_listener_rule.{id_}" for id_ in stack(phase).resources("aws_lb_listener_rule")}
        assert rules <= set(stack(phase).only("aws_ecs_service", "api_")["depends_on"])
