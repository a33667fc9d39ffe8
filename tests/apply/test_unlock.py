"""`colonnade unlock` against an emulated account, with locks as Terraform writes them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from colonnade.apply import command
from colonnade.apply.identity import open_session
from colonnade.cli import main
from colonnade.operate import unlock as module
from colonnade.operate.unlock import unlock
from colonnade.project import Project
from tests.support.service_process import ROOT
from tests.support.small_project import RecordedAws, SmallProject, answers, no_question
from tests.support.waiting import wait_until

KEY = "dev/services/terraform.tfstate.tflock"


@pytest.fixture
def declared(project: SmallProject) -> SmallProject:
    shutil.copytree(ROOT / "deployments", project.root / "deployments")
    return project


def _lock(aws: RecordedAws, bucket: str, **facts: str) -> None:
    created = datetime.now(UTC) - timedelta(minutes=75)
    lock = {
        "ID": "0f1e2d3c",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "ci@runner-7",
        "Version": "1.11.4",
        "Created": f"{created:%Y-%m-%dT%H:%M:%S.%f}123Z",
        "Path": f"{bucket}/{KEY.removesuffix('.tflock')}",
    }
    aws.clients.s3.put_object(Bucket=bucket, Key=KEY, Body=json.dumps({**lock, **facts}).encode())


def _locked(aws: RecordedAws, bucket: str) -> bool:
    return "Contents" in aws.clients.s3.list_objects_v2(Bucket=bucket, Prefix=KEY)


def _unlock(project: SmallProject, **options: Any) -> int:
    environment = Project(root=project.root).environment("dev")
    return unlock("services", environment, open_session(environment), **options)


def test_a_free_state_is_no_failure(
    declared: SmallProject, state_bucket: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["unlock", "services", "-e", "dev"]) == 0
    assert capfd.readouterr().err == "No lock: the state of services in environment dev is free.\n"
    assert main(["unlock", "state-backend", "-e", "dev"]) == 0
    assert "its state is a local file" in capfd.readouterr().err
    assert declared.bucket == state_bucket


def test_the_holder_the_time_and_the_operation_are_shown_and_only_yes_lifts_the_lock(
    declared: SmallProject, aws: RecordedAws, state_bucket: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _lock(aws, state_bucket)
    questions: list[str] = []
    assert _unlock(declared, yes=False, ask=answers("no", questions)) == 1
    shown = capfd.readouterr().err
    assert questions == ["Lift this lock of services in environment dev? (yes/no) "]
    for expected in (
        "by     ci@runner-7",
        "1 h 15 min ago",
        "for    terraform apply, Terraform 1.11.4",
        "ID     0f1e2d3c",
    ):
        assert f"    {expected}\n" in shown or expected in shown
    assert "It was taken on runner-7, not on this machine: make sure that no Terraform runs there." in shown
    assert shown.endswith("The lock stays.\n")
    assert _locked(aws, state_bucket)
    assert _unlock(declared, yes=False, ask=answers("yes", questions)) == 0
    assert "`colonnade plan services -e dev` shows" in capfd.readouterr().err
    assert not _locked(aws, state_bucket)


def test_a_lock_that_another_run_has_taken_meanwhile_stays(
    declared: SmallProject, aws: RecordedAws, state_bucket: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _lock(aws, state_bucket)

    def other_run(_question: str) -> str:
        _lock(aws, state_bucket, ID="another")
        return "yes"

    assert _unlock(declared, yes=False, ask=other_run) == 1
    assert "another run has taken it. Nothing was changed" in capfd.readouterr().err
    assert _locked(aws, state_bucket)


def test_a_lock_that_terraform_has_not_written_can_be_lifted(
    declared: SmallProject, aws: RecordedAws, state_bucket: str, capfd: pytest.CaptureFixture[str]
) -> None:
    aws.clients.s3.put_object(Bucket=state_bucket, Key=KEY, Body=b"")
    assert _unlock(declared, yes=True, ask=no_question) == 0
    assert "    by     unknown\n    since  unknown\n" in capfd.readouterr().err
    assert not _locked(aws, state_bucket)


@contextmanager
def _terraform(folder: Path) -> Iterator[int]:
    """Run a process that the kernel lists as Terraform, until the block ends."""
    program = folder / "terraform"
    shutil.copy("/bin/sleep", program)
    process = subprocess.Popen([program, "60"], cwd=folder)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def test_on_the_machine_of_the_holder_its_processes_are_looked_for(
    declared: SmallProject,
    aws: RecordedAws,
    state_bucket: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    _lock(aws, state_bucket, Who=f"root@{socket.gethostname()}")
    with _terraform(tmp_path) as process_id:
        comm = Path("/proc") / str(process_id) / "comm"
        wait_until(lambda: comm.read_text() == "terraform\n", seconds=10)  # the child has this name from its `exec` on
        assert _unlock(declared, yes=False, ask=answers("no", [])) == 1
    assert f"process {process_id} in {tmp_path}" in capfd.readouterr().err
    monkeypatch.setattr(module, "_PROCESSES", tmp_path)
    assert _unlock(declared, yes=False, ask=answers("no", [])) == 1
    assert "where no Terraform runs now: its holder has ended." in capfd.readouterr().err


def test_a_missing_bucket_and_a_missing_permission_are_reported_with_the_fix(
    declared: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["unlock", "services", "-e", "dev"]) == 2
    assert "does not exist, so nothing is locked\n    run `colonnade apply state-backend" in capfd.readouterr().err
    location = {"LocationConstraint": aws.clients.region}
    aws.clients.s3.create_bucket(Bucket=declared.bucket, CreateBucketConfiguration=location)
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{declared.bucket}/*",
    }
    _lock(aws, declared.bucket)
    aws.clients.s3.put_bucket_policy(Bucket=declared.bucket, Policy=json.dumps({"Statement": [deny]}))
    assert main(["unlock", "services", "-e", "dev"]) == 1
    assert "the caller needs s3:GetObject and s3:DeleteObject for arn:aws:s3:::" in capfd.readouterr().err


@pytest.mark.terraform
def test_the_lock_of_a_terraform_that_was_killed_is_lifted_and_the_next_apply_works(
    declared: SmallProject, aws: RecordedAws, state_bucket: str, capfd: pytest.CaptureFixture[str]
) -> None:
    slow = {"provisioner": [{"local-exec": {"command": "sleep 60"}}]}
    declared.write("services", {"terraform_data": {"one": slow}})
    assert command.plan("services", "dev") == 0
    folder = declared.root / "cdktf.out" / "stacks" / "services"
    apply = ["terraform", "apply", "-auto-approve", "-input=false"]
    process = subprocess.Popen(apply, cwd=folder, stdout=subprocess.DEVNULL, start_new_session=True)
    wait_until(lambda: _locked(aws, state_bucket), seconds=60)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    declared.write("services", {"terraform_data": {"one": {"input": 1}}})
    assert command.apply("services", "dev", yes=True) == 1
    capfd.readouterr()
    assert main(["unlock", "services", "-e", "dev", "--yes"]) == 0
    assert f"@{socket.gethostname()}\n" in capfd.readouterr().err
    assert command.apply("services", "dev", yes=True) == 0
