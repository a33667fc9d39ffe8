"""The deployment `services`, applied by real Terraform in a sandbox, behaves as on AWS.

Tests that only read share one session. Tests that deploy something else come last, each with a separate session.
"""

from __future__ import annotations

import json
import re
import ssl
from collections import Counter
from pathlib import Path

import pytest

from colonnade_sandbox.demo.requests import DemoRequest, mismatch
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session.listener_client import get
from colonnade_sandbox.session.session import Session
from tests.support.sandbox_session import Sandboxes, ask, project_requests
from tests.support.small_stacks import DEPLOYMENT, write_small_stacks
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("sandbox")]


@pytest.fixture
def services(sandboxes: Sandboxes) -> Session:
    return sandboxes.deployed("services")


@pytest.mark.parametrize("request_", project_requests("services"), ids=lambda each: f"{each.scheme}-{each.path}")
def test_every_request_of_the_demo_gets_the_expected_answer(services: Session, request_: DemoRequest) -> None:
    answer = ask(services, request_.path, scheme=request_.scheme)
    https_port = services.endpoints().listener("https").port
    assert mismatch(request_, answer, https_port=https_port) is None


def test_each_service_runs_two_healthy_tasks_with_different_addresses(services: Session) -> None:
    def two_healthy_tasks_each() -> bool:
        tasks = services.scheduler.tasks()
        per_service = Counter(task.service_name for task in tasks)
        healthy = {(task.status, task.health) for task in tasks} == {("RUNNING", "healthy")}
        return healthy and sorted(per_service.values()) == [2, 2, 2]

    # On an overloaded machine health checks may fail, and then a task is just being replaced.
    wait_until(two_healthy_tasks_each, seconds=60)
    addresses = {task.address for task in services.scheduler.tasks()}
    assert len(addresses) == 6
    assert all(re.fullmatch(r"127\.\d+\.\d+\.\d+", address) for address in addresses)


def test_the_certificate_is_of_the_sessions_own_authority(services: Session) -> None:
    endpoints = services.endpoints()
    https, authority = endpoints.listener("https"), services.data_plane.certificate_authority_path
    assert get(https, host=endpoints.host, path="/", certificate_authority=authority).status == 200
    assert get(https, host=f"any.{endpoints.host}", path="/", certificate_authority=authority).status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        get(https, host="other.example", path="/", certificate_authority=authority)


def test_applying_again_would_change_nothing_in_any_stack(services: Session) -> None:
    for stack in services.stacks:
        plan = services.plan(stack)
        assert plan.empty, (stack.name, plan.changes)


def test_the_applied_json_is_the_synthesized_one_unchanged(services: Session) -> None:
    for stack in services.stacks:
        applied = services.scratch / "cdktf.out" / "stacks" / stack.name / "cdk.tf.json"
        assert applied.read_bytes() == stack.path.read_bytes()


def test_the_states_are_in_the_bucket_without_lock_files(services: Session) -> None:
    listed = services.aws.s3.list_objects_v2(Bucket=services.stacks[-1].state_bucket)["Contents"]
    assert [each["Key"] for each in listed] == [
        "sandbox/image-repositories/terraform.tfstate",
        "sandbox/services/terraform.tfstate",
    ]


def _buckets(session: Session) -> list[str]:
    return [each["Name"] for each in session.aws.s3.list_buckets()["Buckets"]]


def _change_image(session: Session, former: str, image: str) -> None:
    stack = session.stacks[-1]
    document = json.loads(stack.path.read_text())
    task = document["resource"]["aws_ecs_task_definition"]["small"]
    assert former in task["container_definitions"]
    task["container_definitions"] = task["container_definitions"].replace(former, image)
    stack.path.write_text(json.dumps(document))


@pytest.mark.slow
def test_applies_of_other_versions_wait_for_the_old_tasks_and_fail_when_they_are_rolled_back(
    sandboxes: Sandboxes, tmp_path: Path
) -> None:
    own = write_small_stacks(tmp_path) / "stacks" / DEPLOYMENT / "own.tf"
    own.write_text('resource "aws_s3_bucket" "own" {\n  bucket = "of-${aws_ecs_cluster.small.name}"\n}\n')
    session = sandboxes.fresh(tmp_path, DEPLOYMENT)
    stack = session.stacks[-1]
    (first,) = session.scheduler.tasks()
    assert _buckets(session) == ["of-small"]

    own.unlink()
    _change_image(session, "service3:1", "service3:2")
    session.apply(stack)
    assert _buckets(session) == []
    (second,) = session.scheduler.tasks()
    assert first.task_definition_arn.endswith(":1")
    assert second.task_definition_arn.endswith(":2")
    assert not Path(f"/proc/{first.process_id}").exists()

    _change_image(session, "service3:2", "unheard-of:3")
    with pytest.raises(
        SandboxError, match=r"(?s)service small was rolled back.*unheard-of:3.*not in the image catalog"
    ):
        session.apply(stack)
    assert [task.task_id for task in session.scheduler.tasks()] == [second.task_id]
