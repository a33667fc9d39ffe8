"""A small project and an emulated AWS account for the tests of plan, apply and destroy."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from colonnade_sandbox.terraform.environment import provider_configuration
from tests.support.small_project import RecordedAws, SmallProject, recorded_aws


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordedAws]:
    """Yield one emulated account for all tests; each test has its own bucket there."""
    with recorded_aws(tmp_path_factory.mktemp("aws")) as made:
        yield made


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    """Make a project without stacks the working directory, without credentials and without a network."""
    name = hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]
    root = tmp_path / "project"
    root.mkdir()
    made = SmallProject(root=root, bucket=f"colonnade-{name}-state")
    made.create()
    monkeypatch.chdir(root)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for variable in ("CDKTF_OUTDIR", "ENVIRONMENT", "MIGRATION_PHASE"):
        monkeypatch.delenv(variable, raising=False)
    cli_config = provider_configuration(os.environ, home=Path.home(), folder=tmp_path)
    if cli_config is not None:
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(cli_config))
    return made


@pytest.fixture
def aws(account: RecordedAws, project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> RecordedAws:
    """Return the account of the project's environment `dev`, with credentials for it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert project.root.is_dir()  # the fixture `project` has set the other variables
    account.forget()
    return account


@pytest.fixture
def state_bucket(aws: RecordedAws, project: SmallProject) -> str:
    """Create the project's state bucket; return its name."""
    location = {"LocationConstraint": aws.clients.region}
    aws.clients.s3.create_bucket(Bucket=project.bucket, CreateBucketConfiguration=location)
    aws.forget()
    return project.bucket
