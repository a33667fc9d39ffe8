"""The deployment `services`, applied by real Terraform in a sandbox, behaves as on AWS.

Tests that only read share one session. Tests that deploy something else come last, each with a separate session.
"""

from __future__ import annotations

import json
import re
import ssl
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from colonnade.operate.logs import read_lines
from colonnade.operate.logs_output import print_lines
from colonnade.operate.services import Reached, chosen
from colonnade_sandbox.demo.requests import DemoRequest, mismatch
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session.listener_client import send
from colonnade_sandbox.session.session import Session
from tests.support.project import PROJECT
from tests.support.sandbox_session import Sandboxes, ask, project_requests
from tests.support.small_stacks import DEPLOYMENT, write_small_stacks
from tests.support.synth import synthesized
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


def test_the_logs_have_the_line_of_a_request_in_the_stream_of_its_task_without_the_health_checks(
    services: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    aws: Any = SimpleNamespace(logs=services.aws.logs)
    resolved = next(each for each in PROJECT.resolve("sandbox") if each.name == "services")
    chosen_services = chosen(["service1", "service2"], [Reached(deployments=(resolved,), aws=aws)])
    begin = datetime.now(UTC) - timedelta(seconds=1)
    ask(services, "/service1/fetch/service2")

    def logged() -> dict[tuple[str, str], str]:
        print_lines(read_lines(chosen_services, since=begin), as_json=True, health_checks=False)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return {(line["service"], json.loads(line["message"])["path"]): line["task"] for line in lines}

    wait_until(lambda: len(logged()) >= 2, seconds=10)
    found = logged()
    assert {service for service, _ in found} == {"service1", "service2"}
    assert not any(path.endswith("/health") for _, path in found)
    tasks = {task.task_id for task in services.scheduler.tasks()}
    assert set(found.values()) <= tasks


def test_the_certificate_is_of_the_sessions_own_authority(services: Session) -> None:
    endpoints = services.endpoints()
    https, authority = endpoints.listener("https"), services.data_plane.certificate_authority_path
    assert send(https, host=endpoints.host, path="/", certificate_authority=authority).status == 200
    assert send(https, host=f"any.{endpoints.host}", path="/", certificate_authority=authority).status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        send(https, host="other.example", path="/", certificate_authority=authority)


def test_applying_again_would_change_nothing_in_any_stack(services: Session) -> None:
    for stack in services.stacks:
        plan = services.plan(stack)
        assert plan.empty, (stack.name, plan.changes)


def test_the_applied_json_is_the_synthesized_one_unchanged(services: Session) -> None:
    for stack in services.stacks:
        applied = services.scratch / "cdktf.out" / "stacks" / stack.name / "cdk.tf.json"
        assert applied.read_text() == synthesized("sandbox")[stack.name].text


def test_the_states_are_in_the_bucket_without_lock_files(services: Session) -> None:
    listed = services.aws.s3.list_objects_v2(Bucket=services.stacks[-1].state_bucket)["Contents"]
    assert [each["Key"] for each in listed] == [
        "sandbox/image-repositories/terraform.tfstate",
        "sandbox/services/terraform.tfstate",
    ]


def _buckets(session: Session) -> list[str]:
    return [each["Name"] for each in session.aws.s3.list_buckets()["Buckets"]]


def _change_task(session: Session, change: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> None:
    """Replace the containers by those that `change` returns for the main one."""
    stack = session.stacks[-1]
    document = json.loads(stack.path.read_text())
    task: dict[str, Any] = document["resource"]["aws_ecs_task_definition"]["small"]
    main = next(each for each in json.loads(task["container_definitions"]) if each["name"] == "app")
    task["container_definitions"] = json.dumps(change(main))
    task |= {"volume": [{"name": "scratch"}], "ephemeral_storage": [{"size_in_gib": 30}]}
    stack.path.write_text(json.dumps(document))


_CONNECTS = 'python -c \'import os, socket; socket.create_connection((os.environ["HOST"], os.environ["PORT"]))\''


def _several(main: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the container with all of ECS's settings for it, one that runs before it, and one beside it."""
    common = {
        "image": main["image"],
        "readonlyRootFilesystem": True,
        "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/mnt", "readOnly": False}],
    }
    before = {
        **common,
        "name": "before",
        "essential": False,
        "entryPoint": ["/bin/sh", "-c"],
        "command": ["echo prepared; sleep 1"],
        "environment": [{"name": "STEP", "value": "before"}],
        "startTimeout": 60,
    }
    beside = {
        **common,
        "name": "beside",
        "essential": True,
        "entryPoint": ["/bin/sh"],
        "command": ["-c", "trap 'exit 0' TERM; sleep 600 & wait"],
        "portMappings": [{"containerPort": 9090, "protocol": "tcp"}],
        "stopTimeout": 3,
    }
    return [
        main
        | common
        | {
            "image": main["image"].replace(":1", ":2"),
            "command": ["python", "-m", "service_apps.service3"],
            "workingDirectory": "/srv/app",
            "user": "10001",
            "dependsOn": [
                {"containerName": "before", "condition": "SUCCESS"},
                {"containerName": "beside", "condition": "START"},
            ],
            "healthCheck": {
                "command": ["CMD-SHELL", _CONNECTS],
                "interval": 5,
                "timeout": 2,
                "retries": 2,
                "startPeriod": 10,
            },
            "linuxParameters": {
                "initProcessEnabled": True,
                "tmpfs": [{"containerPath": "/var/cache", "size": 64, "mountOptions": ["nosuid"]}],
            },
            "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 2048}],
        },
        before,
        beside,
    ]


@pytest.mark.slow
def test_applies_of_other_versions_wait_for_the_old_tasks_and_fail_when_they_are_rolled_back(
    sandboxes: Sandboxes, tmp_path: Path
) -> None:
    file = write_small_stacks(tmp_path) / "stacks" / DEPLOYMENT / "own.tf"
    file.write_text('resource "aws_s3_bucket" "own" {\n  bucket = "of-${aws_ecs_cluster.small.name}"\n}\n')
    session = sandboxes.fresh(tmp_path, DEPLOYMENT)
    stack = session.stacks[-1]
    (first,) = session.scheduler.tasks()
    assert _buckets(session) == ["of-small"]

    stack.path.with_name("own.tf").unlink()
    _change_task(session, _several)
    session.apply(stack)
    assert _buckets(session) == []
    (second,) = session.scheduler.tasks()
    assert second.health == "healthy"
    plan = session.plan(stack)
    assert plan.empty, plan.changes
    assert first.task_definition_arn.endswith(":1")
    assert second.task_definition_arn.endswith(":2")
    assert not Path(f"/proc/{first.process_id}").exists()

    _change_task(session, lambda main: [{**main, "image": "registry/unheard-of:3", "dependsOn": []}])
    with pytest.raises(
        SandboxError, match=r"(?s)service small was rolled back.*unheard-of:3.*not in the image catalog"
    ):
        session.apply(stack)
    assert [task.task_id for task in session.scheduler.tasks()] == [second.task_id]
