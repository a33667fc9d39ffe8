"""`colonnade verify` against an emulator in another process, which records every call."""

from __future__ import annotations

import re
import shutil

import pytest

from colonnade.cli import main
from tests.support.service_process import ROOT
from tests.support.small_project import ACCOUNT_ID, RecordedAws, SmallProject

READING = re.compile(r"\w+ (Describe|Get|List|Head|BatchGet)")


@pytest.fixture
def declared(project: SmallProject) -> SmallProject:
    """Return the project with this repository's deployments and their pinned images."""
    shutil.copytree(ROOT / "deployments", project.root / "deployments")
    pins = (ROOT / "environments" / "dev.images.toml").read_text().replace("111122223333", ACCOUNT_ID)
    (project.root / "environments" / "dev.images.toml").write_text(pins)
    return project


def test_verify_prints_a_line_for_each_thing_and_reads_alone(
    declared: SmallProject, aws: RecordedAws, state_bucket: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "services", "-e", "dev"]) == 2
    output = capfd.readouterr()
    lines = [line for line in output.out.splitlines() if not line.startswith(" ")]
    assert (
        lines[0]
        == f"problem      state bucket '{state_bucket}': its versioning is off, so an overwritten state is lost"
    )
    assert lines[1] == "problem      hosted zone 'dev.example.com': there is no public hosted zone of this name"
    assert lines[2:4] == ["ok           names of 6 IAM roles", "ok           availability zones"]
    assert [line.split("'")[0] for line in lines[4:7]] == ["problem      image "] * 3
    assert lines[7] == "5 problems: services needs 7 things, 0 not checked"
    assert "Reading the account: 7 things" in output.err
    assert aws.calls()[0] == "sts GetCallerIdentity"
    assert [call for call in aws.calls() if not READING.match(call)] == []
    assert declared.synthesized_with is None


@pytest.mark.usefixtures("aws")
def test_the_stacks_before_a_deployment_need_the_state_bucket_or_nothing(
    declared: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "state-backend", "-e", "dev"]) == 0
    assert capfd.readouterr().out == "No problems: state-backend needs 0 things, 0 not checked\n"
    assert main(["verify", "image-repositories", "-e", "dev"]) == 2
    assert capfd.readouterr().out == (
        f"problem      state bucket '{declared.bucket}': it does not exist\n"
        "    run `colonnade apply state-backend -e dev` first\n"
        "1 problem: image-repositories needs 1 thing, 0 not checked\n"
    )


def test_verify_calls_nothing_in_another_account(
    declared: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    file = declared.root / "environments" / "dev.toml"
    file.write_text(file.read_text().replace(ACCOUNT_ID, "000011110000"))
    assert main(["verify", "image-repositories", "-e", "dev"]) == 2
    assert "credentials of account 000011110000 " in capfd.readouterr().err
    assert aws.calls() == ["sts GetCallerIdentity"]


@pytest.mark.usefixtures("declared", "state_bucket")
def test_an_account_that_cannot_be_read_fails(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    assert main(["verify", "services", "-e", "dev"]) == 1
    output = capfd.readouterr()
    assert output.out == ""
    assert "AWS cannot be reached" in output.err
