"""A migration's phases: what each runs and weighs, which steps are legal, and why a legal step loses no request."""

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
    """Every state that settings can lead to."""
    phase = draw(st.sampled_from(ORDER))
    services: dict[str, str] = {}
    if phase in PER_SERVICE:
        services = draw(st.dictionaries(st.sampled_from(MICROSERVICES), st.sampled_from(PER_SERVICE)))
    return at(phase, canary_percent=draw(percents), **services)


def legal(before: MigrationState, after: MigrationState) -> bool:
    return not list(illegal_steps(before.record(), after.record()))


def getting_requests(state: MigrationState, microservice: str) -> set[str]:
    """Who gets requests for the microservice's prefix."""
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


def test_a_service_outside_of_the_migration_runs_in_every_phase() -> None:
    assert all(at(phase).has_tasks("search") for phase in ORDER)


def test_services_that_are_named_have_a_phase_of_their_own() -> None:
    assert at("canary", users="cutover", posts="attached").phases == {
        "users": "cutover",
        "threads": "canary",
        "posts": "attached",
    }


@given(states())
def test_weights_are_percents(state: MigrationState) -> None:
    for service in MICROSERVICES:
        weights = state.weights(service)
        if weights is not None:
            assert weights.monolith + weights.microservice == 100
            assert min(weights.monolith, weights.microservice) >= 0


@given(percents)
def test_every_phase_gives_a_microservice_at_least_what_the_one_before_gave(percent: int) -> None:
    shared = [at(phase, canary_percent=percent).weights("users") for phase in ORDER]
    shares = [weights.microservice if weights is not None else 0 for weights in shared]

    assert shares == sorted(shares)
    assert shares[0] < shares[2] < shares[3]


@given(states())
def test_whoever_gets_requests_has_tasks(state: MigrationState) -> None:
    for service in MICROSERVICES:
        assert all(state.has_tasks(name) for name in getting_requests(state, service))


@given(states(), states())
def test_during_a_legal_step_rules_old_and_new_lead_to_services_with_tasks_before_and_after(
    before: MigrationState, after: MigrationState
) -> None:
    if legal(before, after):
        for service in MICROSERVICES:
            for name in getting_requests(before, service) | getting_requests(after, service):
                assert before.has_tasks(name)
                assert after.has_tasks(name)


@given(states(), states())
def test_a_step_that_is_legal_is_legal_the_other_way_round(before: MigrationState, after: MigrationState) -> None:
    assert legal(before, after) == legal(after, before)


@given(states(), percents)
def test_staying_is_legal_whatever_the_percentage(state: MigrationState, percent: int) -> None:
    assert legal(state, MigrationState(monolith="api", phases=state.phases, canary_percent=percent))


@given(states(), states())
def test_a_step_is_illegal_for_exactly_the_services_that_leave_a_phase_out(
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
    way = [before, *_way(before, after)]

    assert way[-1].phases == after.phases
    assert all(legal(one, other) for one, other in pairwise(way))


def _way(before: MigrationState, after: MigrationState) -> Iterator[MigrationState]:
    """Through `cutover` or `attached` where all services have to meet, then each service on its own."""
    phases = dict(before.phases)
    meetings: list[Phase] = []
    for state in (before, after):
        meetings += [{"monolith": "attached", "retired": "cutover"}.get(next(iter(state.phases.values())), "canary")]  # type: ignore[list-item]
    for goals in (dict.fromkeys(MICROSERVICES, meetings[0]), dict.fromkeys(MICROSERVICES, meetings[1]), after.phases):
        while phases != goals:
            for service, goal in goals.items():
                place, wanted = ORDER.index(phases[service]), ORDER.index(goal)
                phases[service] = ORDER[place + (wanted > place) - (wanted < place)]
            yield MigrationState(monolith="api", phases=dict(phases), canary_percent=10)


def test_retiring_needs_every_service_at_cutover() -> None:
    steps = list(illegal_steps(at("cutover", posts="canary").record(), at("retired").record()))

    assert [(step.service, step.current, step.wanted, step.next) for step in steps] == [
        ("posts", "canary", "retired", "cutover")
    ]


def test_a_microservice_that_is_new_starts_where_the_monolith_has_its_requests() -> None:
    before = Record(order=ORDER, services={"users": "canary"})

    assert not list(illegal_steps(before, Record(order=ORDER, services={"users": "canary", "likes": "attached"})))
    (step,) = illegal_steps(before, Record(order=ORDER, services={"users": "canary", "likes": "canary"}))
    assert (step.service, step.current) == ("likes", "monolith")


def test_a_microservice_is_taken_out_only_when_it_gets_no_requests() -> None:
    after = Record(order=ORDER, services={"users": "canary"})

    assert not list(illegal_steps(Record(order=ORDER, services={"users": "canary", "likes": "attached"}), after))
    assert list(illegal_steps(Record(order=ORDER, services={"users": "canary", "likes": "canary"}), after))


def test_a_phase_that_the_order_does_not_have_is_no_step_at_all() -> None:
    with pytest.raises(ValueError, match="'shadow' is not one of monolith, attached"):
        list(illegal_steps(Record(order=ORDER, services={"users": "shadow"}), at("canary").record()))


@given(states())
def test_a_migration_ends_at_one_of_its_ends(state: MigrationState) -> None:
    assert may_end(state.record()) == (set(state.phases.values()) <= {"monolith", "retired"})


@given(states())
def test_the_record_is_plain_data_with_the_order_and_each_phase(state: MigrationState) -> None:
    assert state.record().as_input() == {"order": list(ORDER), "services": dict(state.phases)}


def test_the_phases_are_those_of_the_migration_demo() -> None:
    assert sandbox_phases.PHASES == ORDER
