"""The credentials endpoint: each token gives the credentials of one task's role, until the task has ended."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.credentials import ContainerProvider
from botocore.exceptions import EndpointConnectionError

from colonnade_sandbox.tasks.aws_access import AwsAccess

EXPIRATION = datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))


class Sts:
    """A stand-in for the AWS API that issues keys named after the role."""

    endpoint = "http://127.0.0.1:9"

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.expiration = EXPIRATION
        self.sessions: list[str] = []

    @property
    def sts(self) -> Sts:
        return self

    def assume_role(self, *, RoleArn: str, RoleSessionName: str, DurationSeconds: int) -> Any:  # noqa: N803
        if self.error is not None:
            raise self.error
        assert DurationSeconds == 3600
        name = f"{RoleArn}/{RoleSessionName}"
        self.sessions.append(name)
        keys = {"AccessKeyId": name, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": self.expiration}
        return {"Credentials": keys}


@pytest.fixture
def sts() -> Sts:
    return Sts()


@pytest.fixture
def access(sts: Sts) -> Iterator[AwsAccess]:
    access = AwsAccess(sts)
    yield access
    access.close()


def get(variables: Any, token: str | None = None) -> tuple[int, dict[str, str]]:
    url = urlsplit(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    connection.request(
        "GET", url.path, headers={"Authorization": token or variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    )
    answer = connection.getresponse()
    document = json.load(answer)
    connection.close()
    return answer.status, document


def test_each_task_gets_the_credentials_of_its_own_role_alone(access: AwsAccess) -> None:
    first = access.variables(task_id="1", role_arn="role/a", region="eu-west-1")
    second = access.variables(task_id="2", role_arn="role/b", region="eu-west-1")
    status, document = get(first)
    assert (status, document) == (
        200,
        {
            "RoleArn": "role/a",
            "AccessKeyId": "role/a/1",
            "SecretAccessKey": "s",
            "Token": "t",
            "Expiration": "2026-01-01T12:00:00Z",
        },
    )
    assert get(second)[1]["AccessKeyId"] == "role/b/2"
    assert get(first, token="guessed")[0] == 403


def test_an_sdk_requests_new_credentials_before_they_expire(access: AwsAccess, sts: Sts) -> None:
    sts.expiration = datetime.now(UTC) + timedelta(minutes=5)
    variables = access.variables(task_id="1", role_arn="role/a", region="eu-west-1")
    loaded = ContainerProvider(environ=dict(variables)).load()
    sts.expiration = datetime.now(UTC) + timedelta(hours=1)
    for _ in range(3):
        assert loaded.get_frozen_credentials().access_key == "role/a/1"
    assert sts.sessions == ["role/a/1", "role/a/1"]


def test_a_task_that_has_ended_gets_no_more_credentials(access: AwsAccess) -> None:
    first = access.variables(task_id="1", role_arn="role/a", region="eu-west-1")
    second = access.variables(task_id="2", role_arn="role/a", region="eu-west-1")
    access.ended("1")
    assert (get(first)[0], get(second)[0]) == (403, 200)


def test_a_task_without_a_task_role_gets_no_credentials_not_even_of_the_machine(access: AwsAccess) -> None:
    variables = access.variables(task_id="1", role_arn="", region="eu-west-1")
    assert not [name for name in variables if "CREDENTIALS" in name or "TOKEN" in name]
    assert variables["AWS_EC2_METADATA_DISABLED"] == "true"


def test_a_role_that_cannot_be_assumed_is_an_error_with_the_reason(access: AwsAccess, sts: Sts) -> None:
    sts.error = EndpointConnectionError(endpoint_url=sts.endpoint)
    status, document = get(access.variables(task_id="1", role_arn="role/a", region="eu-west-1"))
    assert status == 500
    assert "Could not connect" in document["message"]
