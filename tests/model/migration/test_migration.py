"""A migration's phases: tasks and weights of each phase, legal steps, and that a legal step loses no request."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.migration.phases import (
    CANARY_PERCENT,
    ORDER,
    PER_SERVICE,
    Migration,
    MigrationSettings,
    MigrationState,
    Phase,
    Record,
    illegal_steps,
    may_end,
    migration_state,
)
from colonnade_sandbox.migration import phases as sandbox_phases

MICROSERVICES = ("users", "threads", "posts")
MIGRATION = Migration(monolith="api", microservices=MICROSERVICES)

percents = st.integers(*CANARY_PERCENT)


def at(phase: Phase, *, canary_percent: int = 10, **services: str) -> MigrationState:
    return migration_state(MIGRATION, MigrationSettings(phase=phase, canary_percent=canary_percent, services=services))


@st.composite
def states(draw: st.DrawFn) -> MigrationState:
    """Draw any state that settings can lead to."""
    phase = draw(st.sampled_from(ORDER))
    services: dict[str, str] = {}
    if phase in PER_SERVICE:
        services = draw(st.dictionaries(st.sampled_from(MICROSERVICES), st.sampled_from(PER_SERVICE)))
    return at(phase, canary_percent=draw(percents), **services)


def legal(before: MigrationState, after: MigrationState) -> bool:
    return not list(illegal_steps(before.record(), after.record()))


def request_targets(state: MigrationState, microservice: str) -> set[str]:
    """Return the services that get requests for the microservice's prefix."""
    weights = state.weights(microservice)
    if weights is None:
        return {state.monolith}
    shares = {state.monolith: weights.monolith, microservice: weights.microservice}
    return {service for service, share in shares.items() if share > 0}


@pytest.mark.parametrize(
    ("phase", "weights", "microservices_run", "monolith_runs"),
    [
        ("monolith", None, False, True),
        ("attached", (100, 0), True, True),
        ("canary", (90, 10), True, True),
        ("cutover", (0, 100), True, True),
        ("retired", (0, 100), True, False),
    ],
)
def test_each_phase_has_its_weights_and_its_tasks(
    phase: Phase, weights: tuple[int, int] | None, microservices_run: bool, monolith_runs: bool
) -> None:
    state = at(phase)

    for service in MICROSERVICES:
        shared = state.weights(service)
        assert (shared and (shared.monolith, shared.microservice)) == weights
        assert (state.exists(service), state.has_tasks(service)) == (microservices_run, microservices_run)
    assert state.exists("api")
    assert state.has_tasks("api") == monolith_runs
    assert state.retired == (phase == "retired")


def test_a_service_outside_the_migration_runs_in_every_phase() -> None:
    assert all(at(phase).has_tasks("search") for phase in ORDER)


def test_the_settings_may_give_single_services_another_phase() -> None:
    assert at("canary", users="cutover", posts="attached").phases == {
        "users": "cutover",
        "threads": "canary",
        "posts": "attached",
    }


@given(states())
def test_weights_add_up_to_100_percent(state: MigrationState) -> None:
    for service in MICROSERVICES:
        weights = state.weights(service)
        if weights is not None:
            assert weights.monolith + weights.microservice == 100
            assert min(weights.monolith, weights.microservice) >= 0


@given(percents)
def test_a_microservices_weight_never_decreases_from_one_phase_to_the_next(percent: int) -> None:
    shared = [at(phase, canary_percent=percent).weights("users") for phase in ORDER]
    shares = [weights.microservice if weights is not None else 0 for weights in shared]

    assert shares == sorted(shares)
    assert shares[0] < shares[2] < shares[3]


@given(states())
def test_every_service_that_gets_requests_has_tasks(state: MigrationState) -> None:
    for service in MICROSERVICES:
        assert all(state.has_tasks(name) for name in request_targets(state, service))


@given(states(), states())
def test_in_a_legal_step_old_and_new_rules_forward_to_services_with_tasks_before_and_after(
    before: MigrationState, after: MigrationState
) -> None:
    if legal(before, after):
        for service in MICROSERVICES:
            for name in request_targets(before, service) | request_targets(after, service):
                assert before.has_tasks(name)
                assert after.has_tasks(name)


@given(states(), states())
def test_a_legal_step_is_legal_in_reverse(before: MigrationState, after: MigrationState) -> None:
    assert legal(before, after) == legal(after, before)


@given(states(), percents)
def test_changing_only_the_percentage_is_legal(state: MigrationState, percent: int) -> None:
    assert legal(state, MigrationState(monolith="api", phases=state.phases, canary_percent=percent))


@given(states(), states())
def test_a_step_is_illegal_for_exactly_the_services_that_skip_a_phase(
    before: MigrationState, after: MigrationState
) -> None:
    distances = {
        service: abs(ORDER.index(after.phases[service]) - ORDER.index(before.phases[service]))
        for service in MICROSERVICES
    }
    steps = list(illegal_steps(before.record(), after.record()))

    assert {step.service for step in steps} == {service for service, distance in distances.items() if distance > 1}
    for step in steps:
        around = ORDER.index(before.phases[step.service])
        assert step.previous == (ORDER[around - 1] if around else None)
        assert step.next == (ORDER[around + 1] if around + 1 < len(ORDER) else None)


@given(states(), states())
def test_legal_steps_lead_from_every_state_to_every_other(before: MigrationState, after: MigrationState) -> None:
    path = [before, *_steps_between(before, after)]

    assert path[-1].phases == after.phases
    assert all(legal(one, other) for one, other in pairwise(path))


def _steps_between(before: MigrationState, after: MigrationState) -> Iterator[MigrationState]:
    """Yield steps through a phase that all services share, then the remaining steps of each service."""
    phases = dict(before.phases)
    neighbours: dict[Phase, Phase] = {"monolith": "attached", "retired": "cutover"}
    first, second = (neighbours.get(next(iter(state.phases.values())), "canary") for state in (before, after))
    for goals in (dict.fromkeys(MICROSERVICES, first), dict.fromkeys(MICROSERVICES, second), after.phases):
        while phases != goals:
            for service, goal in goals.items():
                place, wanted = ORDER.index(phases[service]), ORDER.index(goal)
                phases[service] = ORDER[place + (wanted > place) - (wanted < place)]
            yield MigrationState(monolith="api", phases=dict(phases), canary_percent=10)


def test_retiring_requires_every_service_at_cutover() -> None:
    steps = list(illegal_steps(at("cutover", posts="canary").record(), at("retired").record()))

    assert [(step.service, step.current, step.wanted, step.next) for step in steps] == [
        ("posts", "canary", "retired", "cutover")
    ]


def test_a_new_microservice_starts_in_a_phase_in_which_the_monolith_gets_its_requests() -> None:
    before = Record(order=ORDER, services={"users": "canary"})

    assert not list(illegal_steps(before, Record(order=ORDER, services={"users": "canary", "likes": "attached"})))
    (step,) = illegal_steps(before, Record(order=ORDER, services={"users": "canary", "likes": "canary"}))
    assert (step.service, step.current) == ("likes", "monolith")


def test_a_microservice_may_be_removed_only_when_it_gets_no_requests() -> None:
    after = Record(order=ORDER, services={"users": "canary"})

    assert not list(illegal_steps(Record(order=ORDER, services={"users": "canary", "likes": "attached"}), after))
    assert list(illegal_steps(Record(order=ORDER, services={"users": "canary", "likes": "canary"}), after))


def test_a_step_to_an_unknown_phase_raises_an_error() -> None:
    with pytest.raises(ValueError, match="'shadow' is not one of monolith, attached"):
        list(illegal_steps(Record(order=ORDER, services={"users": "shadow"}), at("canary").record()))


@given(states())
def test_a_migration_may_be_removed_only_in_its_first_or_last_phase(state: MigrationState) -> None:
    assert may_end(state.record()) == (set(state.phases.values()) <= {"monolith", "retired"})


@given(states())
def test_the_record_is_plain_data_with_the_order_and_each_phase(state: MigrationState) -> None:
    assert state.record().as_input() == {"order": list(ORDER), "services": dict(state.phases)}


def test_the_phases_are_those_of_the_migration_demo() -> None:
    assert sandbox_phases.PHASES == ORDER
