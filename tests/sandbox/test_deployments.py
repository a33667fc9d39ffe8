"""Every HTTP-only deployment, applied by real Terraform in a sandbox: its requests, its tasks, its empty plan.

The tests of a deployment share one session. Leaving it destroys everything and fails if a resource is left.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from colonnade.cli import main
from colonnade.terminal.exit_status import ExitStatus
from colonnade_sandbox.demo.requests import mismatch
from colonnade_sandbox.session.session import Session
from tests.support.sandbox_session import Sandboxes, ask, project_requests

pytestmark = pytest.mark.sandbox

# One group for each, so that their applies, which mostly wait, run in parallel.
SINGLE_SERVICE = pytest.param("single_service", marks=pytest.mark.xdist_group("single_service"))
PRODUCT_USER = pytest.param("product_user", marks=pytest.mark.xdist_group("product_user"))
# Slow, because the tests of the migration's phases apply the message board, too.
MESSAGE_BOARD = pytest.param("message_board", marks=[pytest.mark.xdist_group("message_board"), pytest.mark.slow])
REQUESTS = 200


@pytest.fixture
def session(request: pytest.FixtureRequest, sandboxes: Sandboxes) -> Session:
    return sandboxes.deployed(request.param)


each_deployment = pytest.mark.parametrize("session", [SINGLE_SERVICE, PRODUCT_USER, MESSAGE_BOARD], indirect=True)
product_user = pytest.mark.parametrize("session", [PRODUCT_USER], indirect=True)


@each_deployment
def test_every_request_of_the_demo_gets_the_expected_answer(session: Session) -> None:
    requests = project_requests(session.deployment)
    answers = [(each, ask(session, each.path, scheme=each.scheme)) for each in requests]
    wrong = {each.path: mismatch(each, answer, https_port=None) for each, answer in answers}
    assert len(wrong) == len(requests) >= 3
    assert wrong == dict.fromkeys(wrong)


@each_deployment
def test_the_only_listener_is_http_at_the_load_balancers_dns_name(session: Session) -> None:
    endpoints, outputs = session.endpoints(), session.outputs(session.stacks[-1])
    assert [(each.scheme, each.aws_port) for each in endpoints.listeners] == [("http", 80)]
    assert endpoints.host == outputs["alb_dns_name"]
    assert outputs["url"] == f"http://{outputs['alb_dns_name']}"


@each_deployment
def test_applying_again_would_change_nothing(session: Session) -> None:
    plan = session.plan(session.stacks[-1])
    assert plan.empty, plan.changes


@product_user
def test_two_tasks_of_each_service_are_healthy(session: Session) -> None:
    tasks = session.scheduler.tasks()
    assert {(task.status, task.health) for task in tasks} == {("RUNNING", "healthy")}
    assert sorted(Counter(task.service_name for task in tasks).values()) == [2, 2]


@product_user
@pytest.mark.parametrize("service", ["product-svc", "user-svc"])
def test_why_reports_a_healthy_service_through_the_api_of_aws(
    session: Session, service: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in session.environment.items():
        monkeypatch.setenv(name, value)
    status = main(["why", f"{session.deployment}/{service}"])
    words = "is healthy and as deployed: revision 1, 2 of 2 tasks run, 2 targets healthy"
    assert (status, capsys.readouterr().out) == (ExitStatus.OK, f"{session.deployment}/{service} {words}\n")


@product_user
@pytest.mark.parametrize("service", ["product-svc", "user-svc"])
def test_requests_are_spread_evenly_over_both_tasks(session: Session, service: str) -> None:
    pages = [ask(session, f"/{service}", scheme="http").body for _ in range(REQUESTS)]
    assert all(f"<h1>Hello from {service}</h1>" in page for page in pages)
    tasks = Counter(found[1] for page in pages if (found := re.search(r"<code>([^<]+)</code>", page)))
    assert sorted(tasks.values())[0] >= 0.4 * REQUESTS
    assert (len(tasks), sum(tasks.values())) == (2, REQUESTS)
