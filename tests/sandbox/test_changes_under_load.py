"""The answers of the deployment `services` while it changes in place: new versions, broken versions, other faults.

One first apply, then one change after the other, each under at least 50 requests per second over HTTPS.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from colonnade.cli import main
from colonnade.terminal.progress import Progress
from colonnade_sandbox.control_plane.observations import TargetHealth
from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.load import Load, Sample
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.session.status import session_status
from colonnade_sandbox.synthesized import read_stack
from colonnade_sandbox.tasks.scheduler import TaskListing
from colonnade_sandbox.terraform.runner import TerraformError
from tests.support.changed_stacks import Changes, write_changed
from tests.support.sandbox_session import PROJECT_ROOT, write_project_stacks
from tests.support.waiting import wait_until
from tools.chaos.case import Case
from tools.chaos.cases import quick_cases
from tools.chaos.running import SMALL, Running

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("changes")]

SERVICES = ("service1", "service2", "service3")
PATHS = (
    *(f"/{service}" for service in SERVICES),
    *(f"/{service}/health" for service in SERVICES),
    "/service1/fetch",
    "/service2/fetch",
)
FEW = 120
"""The requests before and after a change: two seconds of load."""


class Deployed:
    """The deployment in a running sandbox, with the changes applied so far."""

    def __init__(self, session: Session, synthesized: Path, folder: Path) -> None:
        self.session = session
        self._synthesized = read_stack(synthesized, session.deployment)  # the session's own copy has the last changes
        self._folder = folder
        self.changes = Changes()

    def apply(self, changes: Changes, *, wait: bool = False) -> None:
        """Apply the deployment with `changes` in place of the applied ones, which stay if the apply fails.

        `wait`: wait for the rollouts, too.
        """
        stack = write_changed(self._synthesized, changes, self._folder)
        self.session.apply(stack)
        if wait:
            self.session.wait_for_rollouts(stack)
        self.changes = changes

    def load(self) -> Load:
        endpoints = self.session.endpoints()
        return Load(
            endpoints.listener("https"),
            host=endpoints.host,
            paths=PATHS,
            answered_by=_version,
            certificate_authority=self.session.data_plane.certificate_authority_path,
            requests_per_second=60,
        )

    def tasks(self, service: str) -> list[TaskListing]:
        """Return the service's tasks that are not being stopped."""
        return [task for task in self.session.tasks(service) if task.status in ("PENDING", "RUNNING")]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("synthesized")
    write_project_stacks(folder)
    progress = Progress(Console(file=io.StringIO()))
    with Session(synthesized=folder, deployment="services", project_root=PROJECT_ROOT, progress=progress) as session:
        session.deploy()
        yield Deployed(session, folder, tmp_path_factory.mktemp("changed"))


def test_a_new_version_of_every_service_takes_over_without_a_failed_request(deployed: Deployed) -> None:
    with deployed.load() as load:
        load.wait_for(FEW)
        deployed.apply(_versions("2.0.0"))
        applied_at = time.monotonic()
        load.wait_for(FEW)
    samples = load.samples()
    _none_failed(samples)
    assert _rate(samples) >= 50
    for service in SERVICES:
        seen = [sample.answered_by for sample in samples if sample.path == f"/{service}/health"]
        assert (seen[0], seen[-1]) == ("1.0.0", "2.0.0")
    assert _versions_in(sample for sample in samples if sample.sent_at >= applied_at) == {"2.0.0"}


def test_a_version_that_never_gets_healthy_rolls_back_and_fails_the_apply_without_a_failed_request(
    deployed: Deployed,
) -> None:
    listens_elsewhere = {"PORT": "7999", "VERSION": "3.0.0"}
    variables = {**deployed.changes.variables, "service1": listens_elsewhere}
    with deployed.load() as load:
        load.wait_for(FEW)
        with pytest.raises(SandboxError, match="'service1' rolled back") as failure:
            deployed.apply(replace(deployed.changes, variables=variables))
        load.wait_for(FEW)
    assert isinstance(failure.value.__cause__, TerraformError)
    assert "'service2'" not in str(failure.value)
    assert "of colonnade-sandbox-services-service1: Task failed ELB health checks" in str(failure.value)
    _none_failed(load.samples())
    assert _versions_in(load.samples()) == {"2.0.0"}
    deployed.session.wait_for_rollouts(deployed.session.stacks[-1])
    assert len(deployed.tasks("service1")) == 2


def test_after_a_rollback_a_new_version_with_other_desired_counts_takes_over_without_a_failed_request(
    deployed: Deployed,
) -> None:
    with deployed.load() as load:
        load.wait_for(FEW)
        deployed.apply(replace(_versions("4.0.0"), desired_counts={"service1": 3, "service3": 1}))
        applied_at = time.monotonic()
        load.wait_for(FEW)
    _none_failed(load.samples())
    assert _versions_in(load.samples(since=applied_at)) == {"4.0.0"}
    assert [len(deployed.tasks(service)) for service in SERVICES] == [3, 2, 1]
    assert deployed.session.plan(deployed.session.stacks[-1]).empty


def test_a_restart_and_a_rollback_fail_no_request_and_the_next_plan_rolls_forward(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _reach(deployed.session, monkeypatch)
    before = {task.task_id for task in deployed.tasks("service1")}
    with deployed.load() as load:
        load.wait_for(FEW)
        assert main(["restart", "service1"]) == 0
        restarted = {task.task_id for task in deployed.tasks("service1")}
        assert main(["rollback", "service1"]) == 0
        rolled_back_at = time.monotonic()
        load.wait_for(FEW)
    _none_failed(load.samples())
    assert len(restarted) == 3
    assert not restarted & before
    # Revision 3 never completed, so the previous completed one is 2.
    answers = {each.answered_by for each in load.samples(since=rolled_back_at) if each.path == "/service1/health"}
    assert answers == {"2.0.0"}
    shown = capfd.readouterr().err
    assert "services/service1: revision 4 -> 2, completed at " in shown
    assert "environment `VERSION` changed" in shown
    assert "The next apply runs the revision that the files declare." in shown
    assert main(["status", "services"]) == 0
    plan = deployed.session.plan(deployed.session.stacks[-1])
    assert [(each.address.partition(".")[0], each.action) for each in plan.changes] == [("aws_ecs_service", "update")]


@pytest.mark.slow
def test_a_rollback_to_a_revision_that_fails_says_why_and_ecs_goes_back(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _reach(deployed.session, monkeypatch)
    assert main(["rollback", "service1", "--to", "3"]) == 1
    shown = capfd.readouterr().err
    assert "No file was changed." in shown
    assert "Task failed ELB health checks" in shown
    assert _versions_of(deployed, "service1") == {"2.0.0"}


@pytest.mark.slow
def test_a_removed_rule_between_load_balancer_and_tasks_times_out_and_heals_when_it_is_back(deployed: Deployed) -> None:
    """The kept connections still serve at first. Then ECS replaces the tasks, whose checks cannot connect."""
    session, ec2 = deployed.session, deployed.session.aws.ec2
    before = {task.task_id for task in deployed.tasks("service3")}
    healthy = ["healthy"] * len(before)
    rule = _rule_to(session, "service3")
    with deployed.load() as load:
        load.wait_for(FEW)
        ec2.revoke_security_group_ingress(GroupId=rule["GroupId"], SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
        wait_until(lambda: "Target.Timeout" in {each.reason for each in _health(session, "service3")}, seconds=60)
        wait_until(lambda: not before & {task.task_id for task in deployed.tasks("service3")}, seconds=60)
        wait_until(lambda: any(each.status == 504 for each in load.samples()), seconds=60)
        ec2.authorize_security_group_ingress(GroupId=rule["GroupId"], IpPermissions=[_permission(rule)])
        wait_until(lambda: [each.state for each in _health(session, "service3")] == healthy, seconds=90)
        healed_at = time.monotonic()
        load.wait_for(FEW)
    failed = {each.path for each in load.samples() if each.failed}
    assert {"/service3", "/service3/health"} <= failed
    assert not failed & {"/service1", "/service2", "/service1/health", "/service2/health"}
    _none_failed(load.samples(since=healed_at))
    assert any(
        "is unhealthy in" in each and "(reason Request timed out)" in each for each in _events(session, "service3")
    )


@pytest.mark.parametrize("case", quick_cases(SMALL), ids=lambda case: case.name)
def test_the_quick_half_of_make_chaos_happens_as_expected(deployed: Deployed, case: Case[Running]) -> None:
    outcome = case.run(Running(lambda: session_status(deployed.session), size=SMALL))
    assert outcome.problems == (), outcome.happened


def test_a_first_deployment_that_fails_ends_early_with_the_last_log_lines(deployed: Deployed) -> None:
    """Terraform may see the tasks run before they end. Then it succeeds, and the wait for the rollouts fails."""
    began = time.monotonic()
    changes = replace(
        deployed.changes,
        variables={**deployed.changes.variables, "service3": {"DRAIN_SECONDS": "soon"}},
        service_names={"service3": "newcomer"},
    )
    with pytest.raises(SandboxError, match=r"service newcomer: its deployment|'newcomer': its rollout") as failure:
        deployed.apply(changes, wait=True)
    assert "DRAIN_SECONDS='soon': must be a number of seconds" in str(failure.value)
    assert time.monotonic() - began < 60  # the service's own timeout would be five minutes


def _service(session: Session, name: str) -> EcsService:
    return next(each for each in session.loop.snapshot.services if each.name.endswith(f"-{name}"))


def _rule_to(session: Session, service: str) -> dict[str, Any]:
    """Return the rule of a service's security group that lets the load balancer in."""
    (group,) = _service(session, service).network.security_groups
    (balancer,) = session.loop.snapshot.load_balancers
    rules = session.aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    sources = [(each, each.get("ReferencedGroupInfo", {}).get("GroupId")) for each in rules["SecurityGroupRules"]]
    (found,) = [each for each, source in sources if not each["IsEgress"] and source in balancer.security_groups]
    return dict(found)


def _permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    ports = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort")}
    return {**ports, "UserIdGroupPairs": [{"GroupId": rule["ReferencedGroupInfo"]["GroupId"]}]}


def _health(session: Session, service: str) -> list[TargetHealth]:
    (load_balancer,) = _service(session, service).load_balancers
    return list(session.data_plane.target_health()[load_balancer.target_group_arn])


def _events(session: Session, service: str) -> list[str]:
    return [each.message for each in session.observations.services[_service(session, service).arn].events]


def _versions(version: str) -> Changes:
    return Changes(variables={service: {"VERSION": version} for service in SERVICES})


def _reach(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands reach the session, as those within a `sandbox run` do."""
    monkeypatch.chdir(PROJECT_ROOT)
    for name, value in session.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)


def _versions_of(deployed: Deployed, service: str) -> set[str]:
    with deployed.load() as load:
        load.wait_for(FEW)
    return {each.answered_by for each in load.samples() if each.path == f"/{service}/health"}


def _version(_headers: Mapping[str, str], body: bytes) -> str:
    """Return the version in an answer of /health; an empty string for other answers, also of the load balancer."""
    try:
        return str(json.loads(body).get("version", ""))
    except ValueError:
        return ""


def _versions_in(samples: Iterator[Sample] | Sequence[Sample]) -> set[str]:
    return {sample.answered_by for sample in samples if sample.path.endswith("/health")}


def _none_failed(samples: Sequence[Sample]) -> None:
    assert [str(sample) for sample in samples if sample.failed] == []


def _rate(samples: Sequence[Sample]) -> float:
    """Return the requests per second."""
    sent = [sample.sent_at for sample in samples]
    return len(sent) / (max(sent) - min(sent))
