"""The deployments that `colonnade status` and its like reach: an account, or the sandboxes that run on this machine."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from colonnade.cli import main
from colonnade.cli.reach import NotRunningError, services
from tests.support.service_process import ROOT
from tests.support.small_project import ACCOUNT_ID, REGION, RecordedAws, SmallProject

CLUSTER = "colonnade-dev-services-cluster"


@pytest.fixture
def declared(project: SmallProject) -> SmallProject:
    """Return the project with this repository's deployments and its environment `sandbox`."""
    shutil.copytree(ROOT / "deployments", project.root / "deployments")
    sandbox = (ROOT / "environments" / "sandbox.toml").read_text().replace("123456789012", ACCOUNT_ID)
    (project.root / "environments" / "sandbox.toml").write_text(sandbox)
    return project


@contextmanager
def _running(root: Path, name: str, facts: dict[str, str]) -> Iterator[None]:
    """Hold the session file of a sandbox as its process does."""
    folder = root / ".sandbox"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / f"{name}.json").write_text(json.dumps(facts))
        yield


def _facts(account: RecordedAws) -> dict[str, str]:
    return {"aws_endpoint_url": account.endpoint, "region": REGION, "account_id": ACCOUNT_ID}


def test_an_account_is_reached_with_the_credentials_of_the_caller(
    declared: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "services", "-e", "dev"]) == 1
    assert capfd.readouterr().out == f"services in environment dev, account {ACCOUNT_ID}: not applied\n"
    assert aws.calls() == ["sts GetCallerIdentity", "ecs DescribeServices"]
    assert declared.synthesized_with is None


def test_another_account_is_refused(
    declared: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    file = declared.root / "environments" / "dev.toml"
    file.write_text(file.read_text().replace(ACCOUNT_ID, "000011110000"))
    assert main(["status", "-e", "dev"]) == 2
    assert "use credentials of account 000011110000" in capfd.readouterr().err
    assert aws.calls() == ["sts GetCallerIdentity"]


def test_an_incomplete_session_file_is_named(
    declared: SmallProject, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with _running(declared.root, "services", {}):
        (declared.root / ".sandbox" / "services.json").write_text('{"aws_endpoint_url": "http')
        assert main(["status"]) == 1
    assert (
        "/.sandbox/services.json' is incomplete, so the address of the sandbox of 'services'" in capfd.readouterr().err
    )


def test_a_running_sandbox_is_reached_with_no_aws_setting_of_the_caller(
    declared: SmallProject,
    account: RecordedAws,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_PROFILE", "missing")
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECS", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    before = dict(os.environ)
    account.forget()
    with _running(declared.root, "services", _facts(account)):
        assert main(["status"]) == 1
    assert capfd.readouterr().out == f"services in environment sandbox, account {ACCOUNT_ID}: not applied\n"
    assert account.calls() == ["sts GetCallerIdentity", "ecs DescribeServices"]
    assert dict(os.environ) == before


def test_each_running_sandbox_is_reached_and_no_other_deployment(
    declared: SmallProject, account: RecordedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with ExitStack() as running:
        for name in ("services", "shop"):
            running.enter_context(_running(declared.root, name, _facts(account)))
        found = services(["orders", "service3"], "sandbox")
        assert [each.name for each in found] == ["shop/orders", "services/service3"]
        with pytest.raises(NotRunningError, match="deployment 'single_service' does not run in the sandbox"):
            services(["orders", "single_service/service3"], "sandbox")


def test_a_sandbox_that_was_killed_or_starts_is_not_reached(
    declared: SmallProject, account: RecordedAws, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with _running(declared.root, "services", _facts(account)):
        pass
    assert main(["status", "services"]) == 1
    assert capfd.readouterr().err == (
        "deployment 'services' does not run in the sandbox\n"
        "    start it with `colonnade sandbox up services`, or name an AWS environment with -e\n"
    )
    with _running(declared.root, "services", {}):
        assert main(["status", "services"]) == 1
    assert "the sandbox of 'services' is still starting, or ending" in capfd.readouterr().err


def test_services_that_run_no_task_are_not_as_desired(
    declared: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    ecs = aws.clients.ecs
    ecs.create_cluster(clusterName=CLUSTER)
    for number in (1, 2, 3):
        name = f"service{number}"
        container = {"name": name, "image": f"registry.example.com/{name}:1.0.0", "memory": 512}
        ecs.register_task_definition(family=name, containerDefinitions=[container])
        physical_name = f"colonnade-dev-services-{name}"
        ecs.create_service(cluster=CLUSTER, serviceName=physical_name, taskDefinition=name, desiredCount=number - 1)
    assert main(["status", "services", "-e", "dev", "--json"]) == 1
    (deployment,) = json.loads(capfd.readouterr().out)["deployments"]
    found = {each["name"]: (each["running"], each["desired"], each["image"]) for each in deployment["services"]}
    assert found["service3"] == (0, 2, "registry.example.com/service3:1.0.0")
    assert "0 of 2 desired tasks run" in deployment["services"][2]["problems"]
    assert declared.synthesized_with is None
