"""Real applies through all phases and back: the plan of each step, and the refused steps.

The module's fixture makes all steps once, in a sandbox. The tests read the record of them.
"""

from __future__ import annotations

import http.client
import io
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import main
from colonnade.model.migration.phases import ORDER
from colonnade.model.resolve import resolve
from colonnade.terminal.progress import Progress
from colonnade_sandbox.planning.plan_check import PlanCheck, PlanRefusedError
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.synthesized import Stack, read_stack
from colonnade_sandbox.terraform.runner import Terraform
from tests.support.migration_steps import MICROSERVICES, STEPS, WAY, Changes, changes_of, planned
from tests.support.project import MESSAGE_BOARD as DEPLOYMENT
from tests.support.project import PROJECT
from tests.support.sandbox_session import Sandboxes

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.slow,
    pytest.mark.seldom,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("migration_steps"),  # otherwise each worker makes all steps
]

ROOT = Path(__file__).parents[3]
LEAPS = (("monolith", "canary"), ("attached", "cutover"), ("canary", "retired"), ("retired", "attached"))
"""Some of the steps that skip a phase. `tests.model.migration.test_migration` has all of them."""


class Recorder(PlanCheck):
    """The project's own check of each plan. It keeps the last plan."""

    def __init__(self) -> None:
        super().__init__((sys.executable, "-m", "colonnade", "migration", "check"), working_directory=ROOT)
        self.plan: Any = None

    def checked_plan(self, terraform: Terraform, folder: Path) -> Path:
        saved = super().checked_plan(terraform, folder)
        self.plan = json.loads((folder / "saved.plan.json").read_text())
        return saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The plans, refusals and states of every step of a migration; each mapping is by step, the phase before and the
    phase after."""

    changes: dict[tuple[str, str], Changes] = field(default_factory=dict)
    """The actions in each step's plan by address, without no-ops."""
    answers: dict[tuple[str, str], dict[str, tuple[int, str]]] = field(default_factory=dict)
    """The status and X-Served-By of each path after each step."""
    refusals: dict[tuple[str, str], str] = field(default_factory=dict)
    drift: dict[tuple[str, str], bool] = field(default_factory=dict)
    """True if a second plan had changes, after some of the steps."""
    left: list[str] = field(default_factory=list)
    """The addresses in the state after everything was destroyed."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, sandboxes: Sandboxes) -> Record:
    sandboxes.destroy()  # a process can hold one emulator
    stacks: dict[str, Stack] = {phase: _synthesized(phase, tmp_path_factory.mktemp(phase)) for phase in ORDER}
    seen, recorder = Record(), Recorder()
    with Session(
        synthesized=stacks[ORDER[0]].path.parents[2],
        deployment=DEPLOYMENT.name,
        project_root=ROOT,
        progress=Progress(Console(file=io.StringIO())),
        plan_check=recorder,
    ) as session:
        session.deploy()
        for before, after in STEPS:
            for phase in (leap[1] for leap in LEAPS if leap[0] == before and leap not in seen.refusals):
                seen.refusals[before, phase] = _refusal(session, stacks[phase])
            session.apply(stacks[after])
            session.wait_for_rollouts(stacks[after])
            seen.changes[before, after] = changes_of(recorder.plan)
            seen.answers[before, after] = _answers(session)
            if after in ("canary", "retired"):
                seen.drift[before, after] = not session.plan(stacks[after]).empty
        session.destroy(stacks[WAY[-1]])
        seen.left.extend(session.addresses(stacks[WAY[-1]]))
    return seen


def _synthesized(phase: str, folder: Path) -> Stack:
    environment = PROJECT.environment("sandbox")
    main.synthesize(environment, resolve((DEPLOYMENT,), lambda: environment, migration_phase=phase), folder)
    return read_stack(folder, DEPLOYMENT.name)


def _refusal(session: Session, stack: Stack) -> str:
    with pytest.raises(PlanRefusedError) as refused:
        session.apply(stack)
    return str(refused.value)


def _answers(session: Session) -> dict[str, tuple[int, str]]:
    endpoints = session.endpoints()
    return {
        path: _ask(endpoints.listener("http").port, endpoints.host, path)
        for path in ("/", "/api", "/api/likes", *(f"/api/{name}/1" for name in MICROSERVICES))
    }


def _ask(port: int, host: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        response.read()
        return response.status, response.getheader("X-Served-By", "load balancer")
    finally:
        connection.close()


def test_every_step_is_planned_as_the_planner_plans_it(record: Record) -> None:
    assert record.changes == {step: planned(step) for step in STEPS}


def test_every_step_that_skips_a_phase_is_refused_with_the_allowed_ones(record: Record) -> None:
    assert set(record.refusals) == set(LEAPS)
    for (before, after), message in record.refusals.items():
        assert message.count(f"{before!r} to {after!r} ") == len(MICROSERVICES)
        place = ORDER.index(before)
        for allowed in (*ORDER[max(place - 1, 0) : place], *ORDER[place + 1 : place + 2]):
            assert repr(allowed) in message


@pytest.mark.parametrize("step", STEPS, ids=" to ".join)
def test_every_path_answers_in_every_phase_and_in_retired_the_monoliths_other_paths_are_503(
    record: Record, step: tuple[str, str]
) -> None:
    answers, phase = record.answers[step], step[1]
    for name in MICROSERVICES:
        status, served_by = answers[f"/api/{name}/1"]
        assert status == 200
        assert served_by in {"monolith": {"api"}, "attached": {"api"}, "canary": {"api", name}}.get(phase, {name})
    other_paths = [answers[path] for path in ("/", "/api", "/api/likes")]
    assert other_paths == (
        [(503, "load balancer")] * 3 if phase == "retired" else [(200, "api"), (200, "api"), (404, "api")]
    )


def test_a_second_plan_is_empty_with_weights_and_with_fixed_responses_and_destroying_leaves_nothing(
    record: Record,
) -> None:
    assert record.drift == {
        ("attached", "canary"): False,
        ("cutover", "retired"): False,
        ("cutover", "canary"): False,
    }
    assert record.left == []
