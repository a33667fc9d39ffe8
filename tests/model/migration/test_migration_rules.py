"""Refusals of a declared migration and of its settings in an environment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.check import check
from colonnade.model.declared_types import type_faults
from colonnade.model.deployment.declaration import Deployment, FixedResponse, ForwardTo
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import out_of_range
from colonnade.model.migration.phases import Migration, MigrationSettings
from colonnade.model.resolved import Resolved
from colonnade.model.service.declaration import Service
from tests.support.specs import deployment, environment, problems_of, problems_raised, resolved, service

API = service("api", "/api")
USERS = service("users", "/api/users")
POSTS = service("posts", "/api/posts")
SEARCH = service("search", "/search")
MIGRATION = Migration(monolith="api", microservices=("users", "posts"))
BEGINNING = MigrationSettings(phase="monolith")


def board(*services: Service, **fields: Any) -> Deployment:
    declared = services if services else (API, USERS, POSTS, SEARCH)
    return deployment(*declared, **{"name": "board", "migration": MIGRATION, **fields})


def somewhere(declared: Deployment, settings: MigrationSettings | None) -> Environment:
    tables = {declared.name: settings} if settings is not None else {}
    return replace(environment(*declared.services), migration=tables)


def refused(declared: Deployment, settings: MigrationSettings | None = BEGINNING) -> list[str]:
    return problems_of(declared, somewhere(declared, settings))


def overridden(phase: str, **fields: Any) -> Resolved:
    declared = board(**fields)
    return resolved(declared, somewhere(declared, BEGINNING), migration_phase=phase)


def test_a_valid_migration_passes() -> None:
    assert refused(board()) == []


@pytest.mark.parametrize(
    ("fields", "problem", "fix"),
    [
        (
            {"monolith": "ap"},
            "migration: monolith 'ap' is not a declared service",
            "did you mean 'api'? declared: api, posts, search, users",
        ),
        (
            {"microservices": ("users", "postz")},
            "migration: microservice 'postz' is not a declared service",
            "did you mean 'posts'? declared: api, posts, search, users",
        ),
        (
            {"microservices": ("users", "users")},
            "migration: microservice 'users' is named 2 times",
            "name it once",
        ),
        (
            {"microservices": ()},
            "migration: no microservice is declared",
            "name those that take over, or declare no migration",
        ),
        (
            {"microservices": ("users", "api")},
            "migration: 'api' is the monolith and a microservice",
            "remove it from the microservices",
        ),
        (
            {"microservices": ("users", "search")},
            "migration: without microservice 'search' the requests to '/search' go to the default action, not to "
            "monolith 'api'",
            "use a path prefix under the monolith's, or forward the default action to the monolith",
        ),
    ],
)
def test_a_declaration_that_breaks_a_rule_is_refused(fields: dict[str, Any], problem: str, fix: str) -> None:
    declared = board(migration=replace(MIGRATION, **fields))
    assert refused(declared) == [f"deployment 'board': {problem}\n    {fix}"]


def test_microservices_without_a_tuple_are_refused() -> None:
    users: Any = "users"
    migration = replace(MIGRATION, microservices=users)
    fault = next(type_faults("migration.microservices", tuple[str, ...], "users"))
    assert refused(board(migration=migration)) == [f"deployment 'board': {fault}"]


def test_a_microservice_under_the_prefix_of_another_remaining_service_is_refused() -> None:
    inner = service("forum", "/api/forum")
    threads = service("threads", "/api/forum/threads")
    declared = board(API, inner, threads, migration=Migration(monolith="api", microservices=("threads",)))

    assert refused(declared)[0].splitlines()[0] == (
        "deployment 'board': migration: without microservice 'threads' the requests to '/api/forum/threads' go to "
        "service 'forum', not to monolith 'api'"
    )


def test_microservices_may_take_over_requests_of_the_default_action_to_the_monolith() -> None:
    migration = Migration(monolith="api", microservices=("search",))

    assert refused(board(migration=migration, default_action=ForwardTo(service="api"))) == []


def test_the_default_action_and_other_services_must_not_use_a_microservice() -> None:
    declared = board(
        replace(API, calls=("users",)),
        USERS,
        replace(POSTS, calls=("users",)),
        default_action=ForwardTo(service="users"),
    )

    assert [problem.splitlines()[0] for problem in refused(declared)] == [
        "deployment 'board': migration: the default action forwards to microservice 'users', which does not exist in "
        "phase 'monolith'",
        "deployment 'board': migration: 'api' calls microservice 'users', which does not exist in phase 'monolith'",
    ]


def test_a_migration_without_settings_in_the_environment_is_refused() -> None:
    assert refused(board(), None) == [
        "environment 'test': missing table [migration.board], which sets the phases of that deployment's migration\n"
        '    add the table to the environment\'s file, with `phase = "monolith"` to begin with'
    ]


@pytest.mark.parametrize(
    ("settings", "problem", "fix"),
    [
        (
            MigrationSettings(phase="canary", canary_percent=0),
            out_of_range("migration.board.canary_percent", 0, 1, 99).message,
            "allowed: 1 to 99; 0 is phase 'attached' and 100 is 'cutover'",
        ),
        (
            MigrationSettings(phase="canary", canary_percent=100),
            out_of_range("migration.board.canary_percent", 100, 1, 99).message,
            "allowed: 1 to 99; 0 is phase 'attached' and 100 is 'cutover'",
        ),
        (
            MigrationSettings(phase="canary", services={"user": "cutover"}),
            "migration.board.services: names 'user', which is not a microservice",
            "did you mean 'users'? microservices: posts, users",
        ),
        (
            MigrationSettings(phase="canary", services={"users": "retired"}),
            "migration.board.services: 'retired' cannot be the phase of 'users' alone",
            "set it for all services, or choose one of attached, canary, cutover",
        ),
        (
            MigrationSettings(phase="canary", services={"users": "cutofer"}),
            "migration.board.services: 'cutofer' of 'users' is not a phase",
            "did you mean 'cutover'? phases: attached, canary, cutover",
        ),
        (
            MigrationSettings(phase="retired", services={"users": "cutover"}),
            "migration.board.phase 'retired' applies to all services and cannot be combined with "
            "migration.board.services",
            "remove that table, or choose one of attached, canary, cutover",
        ),
    ],
)
def test_settings_that_break_a_rule_are_refused(settings: MigrationSettings, problem: str, fix: str) -> None:
    assert refused(board(), settings) == [f"environment 'test': {problem}\n    {fix}"]


def test_an_invalid_override_is_reported_with_all_other_problems() -> None:
    declared = board(replace(API, cpu_units=1), USERS, POSTS)
    where = somewhere(declared, MigrationSettings(phase="canary", canary_percent=0))
    found = problems_raised(lambda: resolved(declared, where, migration_phase="canry"))

    assert [problem.split(":")[0] for problem in found] == [
        "deployment 'board', service 'api'",
        "environment 'test'",
        "deployment 'board', MIGRATION_PHASE 'canry'",
    ]


def test_services_and_edges_depend_on_the_phase_and_priorities_do_not() -> None:
    services = (API, replace(USERS, calls=("posts",)), POSTS, SEARCH)
    before, after = (overridden(phase, services=services) for phase in ("monolith", "attached"))

    assert [each.name for each in before.services] == ["api", "search"]
    assert [each.name for each in after.services] == ["api", "users", "posts", "search"]
    assert before.edges == ()
    assert [(edge.caller, edge.callee) for edge in after.edges] == [("users", "posts")]
    priorities = {each.name: each.priority for each in after.services}
    assert None not in priorities.values()
    assert {each.name: each.priority for each in before.services} == {
        name: priorities[name] for name in ("api", "search")
    }


def test_a_declared_default_response_is_kept_when_the_monolith_is_retired() -> None:
    assert overridden("retired").default_action == board().default_action
    answered = overridden("retired", default_action=ForwardTo(service="api")).default_action
    assert isinstance(answered, FixedResponse)
    assert answered.status_code == 503


def test_a_retired_monolith_has_no_tasks_whatever_is_declared() -> None:
    declared = board(replace(API, desired_count=5), USERS, POSTS)
    where = somewhere(declared, MigrationSettings(phase="retired"))

    cutover = somewhere(declared, MigrationSettings(phase="cutover"))

    assert resolved(declared, where).service("api").desired_count == 0
    assert resolved(declared, cutover).service("api").desired_count == 5


@pytest.mark.parametrize("override", [None, "retired"])
def test_a_service_that_calls_a_retired_monolith_is_refused(override: str | None) -> None:
    declared = board(API, replace(USERS, calls=("api",)), POSTS, SEARCH)
    settings = MigrationSettings(phase="retired" if override is None else "cutover")

    assert refused(declared, MigrationSettings(phase="cutover")) == []
    assert problems_raised(lambda: resolved(declared, somewhere(declared, settings), migration_phase=override)) == [
        "deployment 'board', service 'users': calls monolith 'api', which has no tasks in phase 'retired'\n"
        "    remove the call, or stay in phase 'cutover'"
    ]


def test_settings_of_a_deployment_that_declares_no_migration_are_refused() -> None:
    declared = board()
    where = replace(somewhere(declared, BEGINNING), migration={"board": BEGINNING, "bord": BEGINNING})
    misspelt = replace(where, migration={"bord": BEGINNING})
    unknown = (
        "environment 'test': table [migration.bord] has no effect: no deployment of this name declares a migration\n"
    )

    assert problems_raised(lambda: check([declared], lambda: where, whole_project=True)) == [
        f"{unknown}    deployments with a migration: board"
    ]
    assert f"{unknown}    did you mean 'board'? deployments with a migration: board" in problems_raised(
        lambda: check([declared], lambda: misspelt, whole_project=True)
    )
