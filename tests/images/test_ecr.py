"""The environment's own registry: refusals before the login, and the login, against moto's ECR and STS."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from colonnade.images.catalog import declared_images
from colonnade.images.ecr import log_in, require_registry
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.service_process import ROOT
from tests.support.specs import environment, problems_raised

IMAGES = {image.name: image for image in declared_images(DEPLOYMENTS, ROOT)}
ACCOUNT = "123456789012"  # the account of moto's credentials
TEST = environment(account_id=ACCOUNT)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS's API in this process, with credentials, and a repository for service1."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        boto3.client("ecr", region_name=TEST.region).create_repository(repositoryName="colonnade-test-service1")
        yield


@pytest.mark.usefixtures("aws")
def test_the_login_is_ecrs_for_the_environments_own_registry() -> None:
    registry = log_in(TEST, {"service1": "colonnade-test-service1"})

    assert registry.host == f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    assert registry.token is not None
    assert base64.b64decode(registry.token) == f"AWS:{ACCOUNT}-auth-token".encode()
    assert not registry.plain_http


@pytest.mark.usefixtures("aws")
def test_missing_repositories_are_reported_together_with_the_command_that_creates_them() -> None:
    wanted = {name: f"colonnade-test-{name}" for name in ("service1", "service2", "message-board-api")}

    fix = "    run `colonnade apply image-repositories -e test`"
    assert problems_raised(lambda: log_in(TEST, wanted)) == [
        f"image '{name}': {TEST.registry} has no repository 'colonnade-test-{name}'\n{fix}"
        for name in ("service2", "message-board-api")
    ]


@pytest.mark.usefixtures("aws")
def test_credentials_of_another_account_are_refused_with_both_accounts() -> None:
    (problem,) = problems_raised(lambda: log_in(environment(), {"service1": "colonnade-test-service1"}))
    assert f"account {ACCOUNT}, " in problem
    assert "account 999988887777 " in problem


def test_an_environment_without_a_registry_and_a_public_image_are_refused_before_aws_is_called() -> None:
    problems = problems_raised(lambda: require_registry(PROJECT.environment("sandbox"), [IMAGES["hello"]]))
    assert [problem.splitlines()[0] for problem in problems] == [
        "environment 'sandbox': it pulls no images: its tasks are processes on this machine",
        "deployment 'product_user', service 'product-svc': image 'hello' is pulled from "
        "registry.example.com/colonnade/hello, not from the environment's registry",
    ]
    (problem,) = problems_raised(lambda: require_registry(PROJECT.environment("prod"), [IMAGES["service1"]]))
    assert problem.startswith("environment 'prod': account_id 444455556666 is a placeholder")
    assert problems_raised(lambda: require_registry(environment(), [IMAGES["service1"]])) == []
