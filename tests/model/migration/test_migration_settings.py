"""MIGRATION_PHASE: its syntax, its effect and its faults."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.migration.phases import ORDER, PER_SERVICE, Migration, MigrationSettings, migration_state
from colonnade.model.migration.settings import parse_override

MICROSERVICES = ("users", "threads", "posts")
MIGRATION = Migration(monolith="api", microservices=MICROSERVICES)


def faults(text: str) -> list[tuple[str, str]]:
    return [(fault.message, fault.fix) for fault in parse_override(text).faults(MIGRATION)]


def phases(text: str, settings: MigrationSettings) -> list[str]:
    """Return the phase of each microservice with an override without faults."""
    override = parse_override(text)
    assert not list(override.faults(MIGRATION))
    return list(migration_state(MIGRATION, override.applied_to(settings)).phases.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("canary", ["canary", "canary", "canary"]),
        ("retired", ["retired", "retired", "retired"]),
        ("users=cutover,threads=canary,posts=attached", ["cutover", "canary", "attached"]),
        ("posts=attached, canary", ["canary", "canary", "attached"]),
        (" users = cutover , threads = canary , posts = canary ", ["cutover", "canary", "canary"]),
    ],
)
@pytest.mark.parametrize("settings", [MigrationSettings(phase="monolith"), MigrationSettings(phase="cutover")])
def test_the_override_replaces_the_environments_phases(
    text: str, expected: list[str], settings: MigrationSettings
) -> None:
    assert phases(text, settings) == expected


def test_the_override_replaces_the_environments_phases_of_single_services() -> None:
    assert phases("canary", MigrationSettings(phase="attached", services={"users": "cutover"})) == ["canary"] * 3


def test_the_override_keeps_the_environments_percentage() -> None:
    settings = MigrationSettings(phase="monolith", canary_percent=25)

    assert parse_override("canary").applied_to(settings).canary_percent == 25


@given(st.lists(st.sampled_from(PER_SERVICE), min_size=3, max_size=3))
def test_every_combination_of_phases_can_be_an_override(wanted: list[str]) -> None:
    text = ",".join(f"{service}={phase}" for service, phase in zip(MICROSERVICES, wanted, strict=True))

    assert phases(text, MigrationSettings(phase="retired")) == wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("'' is not a phase", "phases: attached, canary, cutover, monolith, retired")]),
        (
            "canry",
            [("'canry' is not a phase", "did you mean 'canary'? phases: attached, canary, cutover, monolith, retired")],
        ),
        (
            "canary,cutover",
            [
                (
                    "2 different phases are given for all services",
                    "keep one of them, and write the others as service=phase",
                )
            ],
        ),
        ("users=cutover", [("no phase is given for 'threads', 'posts'", "name them, or add one phase for all others")]),
        (
            "canary,user=cutover",
            [
                (
                    "names 'user', which is not a microservice",
                    "did you mean 'users'? microservices: posts, threads, users",
                )
            ],
        ),
        (
            "canary,api=cutover",
            [("names 'api', which is not a microservice", "microservices: posts, threads, users")],
        ),
        (
            "canary,users=retired",
            [
                (
                    "'retired' cannot be the phase of 'users' alone",
                    "set it for all services, or choose one of attached, canary, cutover",
                )
            ],
        ),
        (
            "canary,users=cutofer",
            [("'cutofer' of 'users' is not a phase", "did you mean 'cutover'? phases: attached, canary, cutover")],
        ),
        (
            "monolith,users=canary",
            [
                (
                    "'monolith' applies to all services and cannot be combined with service=phase",
                    "remove the services, or choose one of attached, canary, cutover",
                )
            ],
        ),
        ("canary,users=cutover,users=canary", [("'users' is named 2 times", "name each microservice once")]),
    ],
)
def test_an_invalid_override_is_refused_with_the_fix(text: str, expected: list[tuple[str, str]]) -> None:
    assert faults(text) == expected


def test_all_faults_are_reported_at_once() -> None:
    assert [message for message, _ in faults("canry,retired,users=x,likes=canary,posts=canary,posts=canary")] == [
        "'canry' is not a phase",
        "'retired' applies to all services and cannot be combined with service=phase",
        "2 different phases are given for all services",
        "'x' of 'users' is not a phase",
        "names 'likes', which is not a microservice",
        "'posts' is named 2 times",
    ]


@given(st.text())
def test_any_string_is_either_refused_or_gives_every_microservice_a_phase(text: str) -> None:
    override = parse_override(text)
    if not list(override.faults(MIGRATION)):
        state = migration_state(MIGRATION, override.applied_to(MigrationSettings(phase="monolith")))
        assert set(state.phases) == set(MICROSERVICES)
        assert set(state.phases.values()) <= set(ORDER)
