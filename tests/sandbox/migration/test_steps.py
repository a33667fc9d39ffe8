"""Real applies through all phases and back: the plan of each step, and the refused steps.

The module's fixture makes all steps once, in a sandbox. The tests read the record of them.
"""

from __future__ import annotations

import http.client
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
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
from tests.support.project import MESSAGE_BOARD as DEPLOYMENT
from tests.support.project import PROJECT
from tests.support.sandbox_session import Sandboxes

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("migration_steps"),  # otherwise each worker makes all steps
]

ROOT = Path(__file__).parents[3]
MICROSERVICES = ("users", "threads", "posts")
WAY = (*ORDER, *reversed(ORDER[:-1]))
STEPS = tuple(pairwise(WAY))
LEAPS = (("monolith", "canary"), ("attached", "cutover"), ("canary", "retired"), ("retired", "attached"))
"""Some of the steps that skip a phase. `tests.model.migration.test_migration` has all of them."""
NEVER_DESTROYED = (
    "aws_lb",
    "aws_lb_listener",
    "aws_service_discovery_private_dns_namespace",
    "aws_ecs_cluster",
    "aws_vpc",
)
PHASE_RESOURCE = "terraform_data.migration"


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

    changes: dict[tuple[str, str], dict[str, tuple[str, ...]]] = field(default_factory=dict)
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
            seen.changes[before, after] = _changes(recorder.plan)
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


def _changes(plan: Any) -> dict[str, tuple[str, ...]]:
    changes = {each["address"]: tuple(each["change"]["actions"]) for each in plan["resource_changes"]}
    return {address: actions for address, actions in changes.items() if actions != ("no-op",)}


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


def _roles(addresses: Iterator[str]) -> list[str]:
    """Return each address as type and owner, such as 'aws_lb_listener_rule users'."""
    return sorted(f"{address.split('.')[0]} {_owner(address)}" for address in addresses)


def _owner(address: str) -> str:
    """Return the service of a resource, or its part of the stack."""
    parts = address.split(".")[1].removeprefix("namespace_").removeprefix("listener_rules_").split("_")
    return parts[1] if parts[0] == "api" and parts[1] in MICROSERVICES else parts[0]  # the rule of '/api/users'


@pytest.mark.parametrize("step", STEPS, ids=" to ".join)
def test_no_step_replaces_or_destroys_anything_except_the_microservices_on_the_way_back_to_the_monolith(
    record: Record, step: tuple[str, str]
) -> None:
    changes = record.changes[step]
    destroyed = {address for address, actions in changes.items() if "delete" in actions}
    if step == ("attached", "monolith"):
        assert {changes[address] for address in destroyed} == {("delete",)}
        assert {_owner(address) for address in destroyed} == set(MICROSERVICES)
    else:
        assert destroyed == set()
    assert not any(address.split(".")[0] in NEVER_DESTROYED for address in destroyed)


@pytest.mark.parametrize(
    ("steps", "changed"),
    [
        (
            [("attached", "canary"), ("canary", "cutover"), ("cutover", "canary"), ("canary", "attached")],
            [f"aws_lb_listener_rule {name}" for name in MICROSERVICES],
        ),
        (
            [("cutover", "retired"), ("retired", "cutover")],
            ["aws_ecs_service api", "aws_lb_listener MessageBoardLB", "aws_lb_listener_rule api"],
        ),
    ],
)
def test_from_attached_on_a_step_updates_only_rules_and_desired_counts_in_place(
    record: Record, steps: list[tuple[str, str]], changed: list[str]
) -> None:
    for step in steps:
        assert set(record.changes[step].values()) == {("update",)}
        assert _roles(iter(record.changes[step])) == sorted([*changed, "terraform_data migration"])


def test_attaching_creates_what_detaching_destroys_and_changes_nothing_of_the_monolith(record: Record) -> None:
    attached, detached = (record.changes[step] for step in (("monolith", "attached"), ("attached", "monolith")))
    assert attached.pop(PHASE_RESOURCE) == detached.pop(PHASE_RESOURCE) == ("update",)
    assert set(attached.values()) == {("create",)}
    assert set(detached.values()) == {("delete",)}
    assert set(attached) == set(detached)


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
