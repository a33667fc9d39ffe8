"""A microservice with the monolith's own path prefix, as a renamed service has: it takes over all requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.deployment.declaration import Deployment, ForwardTo
from colonnade.model.environment.settings import Environment
from colonnade.model.migration.phases import Migration, MigrationSettings, Phase
from colonnade.model.resolved import Resolved
from colonnade.model.routing.rule_action import ForwardByWeight
from colonnade.model.service.declaration import Service
from tests.support.specs import deployment, environment, problems_of, resolved, service

USERS = service("users")
MEMBERS = service("members", "/users", image_name="users")
CALLER = service("orders", calls=("members",))


def _declared(*services: Service, **fields: Any) -> Deployment:
    migration = Migration(monolith="users", microservices=("members",))
    return deployment(*(services or (USERS, MEMBERS, CALLER)), **{"migration": migration, **fields})


def _somewhere(declared: Deployment, phase: Phase) -> Environment:
    return replace(environment(*declared.services), migration={declared.name: MigrationSettings(phase=phase)})


def _resolved(phase: Phase) -> Resolved:
    declared = _declared()
    return resolved(declared, _somewhere(declared, phase))


@pytest.mark.parametrize(("phase", "share"), [("attached", 0), ("canary", 10), ("cutover", 100), ("retired", 100)])
def test_both_services_have_one_listener_rule_and_the_same_path_prefix_in_every_phase(phase: Phase, share: int) -> None:
    users, members, _ = _resolved(phase).services
    assert (users.priority, users.rule_action) == (None, None)
    assert members.rule_action == ForwardByWeight(percents={"users": 100 - share, "members": share})
    assert users.environment_variables["PATH_PREFIX"] == members.environment_variables["PATH_PREFIX"] == "/users"
    assert users.desired_count == (0 if phase == "retired" else 2)


def test_priority_of_the_rule_is_that_of_the_path_before_and_after_the_migration() -> None:
    (before,), (after,) = (resolved(deployment(each)).services for each in (USERS, replace(MEMBERS, image_name=None)))
    assert _resolved("canary").services[1].priority == before.priority == after.priority


def test_other_services_and_the_default_action_may_use_a_service_that_exists_in_every_phase() -> None:
    declared = _declared(default_action=ForwardTo(service="members"))
    assert problems_of(declared, _somewhere(declared, "cutover")) == []


def test_a_phase_without_the_successor_is_refused() -> None:
    declared = _declared()
    (problem,) = problems_of(declared, _somewhere(declared, "monolith"))
    assert "phase 'monolith' is not allowed: 'members' takes over the whole path prefix" in problem
    assert "begin at 'attached'" in problem
    (problem,) = problems_of(declared)
    assert 'with `phase = "attached"` to begin with' in problem


def test_successors_need_the_same_rule_priority_and_there_is_one() -> None:
    declared = _declared(replace(USERS, rule_priority=7), MEMBERS)
    (problem,) = problems_of(declared, _somewhere(declared, "canary"))
    assert "give both rule_priority 7" in problem
    third = service("people", "/users")
    two = _declared(USERS, MEMBERS, third, migration=Migration(monolith="users", microservices=("members", "people")))
    assert any(
        "take over the same path prefix '/users'" in each for each in problems_of(two, _somewhere(two, "canary"))
    )


def test_services_outside_of_the_migration_still_need_prefixes_of_their_own() -> None:
    declared = _declared(USERS, MEMBERS, service("people", "/users"))
    assert any("is taken by" in each for each in problems_of(declared, _somewhere(declared, "canary")))
