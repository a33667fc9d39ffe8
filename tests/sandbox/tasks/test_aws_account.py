"""A task's secrets and credentials, with real processes, against the emulator's Secrets Manager, SSM, STS and S3."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colonnade_sandbox.control_plane.clients import AwsClients, connect
from colonnade_sandbox.control_plane.snapshot import TaskDefinition
from colonnade_sandbox.session.secrets_file import SandboxSecrets
from colonnade_sandbox.tasks.image_catalog import Image, ImageCatalog
from colonnade_sandbox.tasks.scheduler import TaskListing
from colonnade_sandbox.tasks.secret_values import SecretReader, SecretsError
from tests.support.ecs_apis import Apis
from tests.support.ecs_snapshots import task_definition
from tests.support.task_sandbox import Sandbox
from tests.support.terraform import emulated_account

pytestmark = pytest.mark.sandbox  # waits for real processes and sockets

ACCOUNT = "123456789012"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:shop/payment"
VALUE = "hunter2"
SEEDED = SandboxSecrets(
    secrets={"shop/payment": json.dumps({"key": VALUE}), "shop/token": f"{VALUE}-token"},
    parameters={"/shop/flags": f"{VALUE}-flags"},
)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/orders-task"
EXECUTION_ROLE, PARAMETERS_ROLE, NO_ROLE = (f"{ROLE}-execution", f"{ROLE}-parameters", f"{ROLE}-none")
_PARAMETERS = {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": f"arn:aws:ssm:*:{ACCOUNT}:parameter/*"}
_SECRETS = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": [f"{SECRET}-??????", f"{SECRET.replace('payment', 'token')}-??????"],
}
ROLES = {EXECUTION_ROLE: [_PARAMETERS, _SECRETS], PARAMETERS_ROLE: [_PARAMETERS]}
_PROGRAM = """
import boto3, http.server, json, os, signal

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

def put():
    boto3.client("s3").put_object(Bucket="a-bucket", Key="orders/1", Body=b"paid")
    return boto3.client("sts").get_caller_identity()["Arn"]

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            body = {"/environment": lambda: dict(os.environ), "/put": put}.get(self.path, str)()
        except Exception as error:
            body = type(error).__name__
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


class AccountApis(Apis):
    """The stand-ins, with the secrets, parameters and roles of an emulated account."""

    def __init__(self, account: AwsClients) -> None:
        super().__init__()
        self.secretsmanager, self.ssm = account.secretsmanager, account.ssm
        self.sts, self.iam = account.sts, account.iam
        self.endpoint = account.endpoint


@pytest.fixture(scope="module")
def account() -> Iterator[AwsClients]:
    with emulated_account(
        account_id=ACCOUNT, region="eu-west-1", zone_name="a.localhost", state_bucket="a-bucket"
    ) as emulated:
        account = connect(endpoint=emulated.endpoint, region="eu-west-1")
        SEEDED.create(account)
        for role, statements in ROLES.items():
            name = role.rpartition("/")[2]
            account.iam.create_role(RoleName=name, Path="/service/", AssumeRolePolicyDocument="{}")
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            account.iam.put_role_policy(RoleName=name, PolicyName="secrets", PolicyDocument=policy)
        yield account


@pytest.fixture
def sandbox(account: AwsClients, tmp_path: Path) -> Iterator[Sandbox]:
    program = tmp_path / "orders.py"
    program.write_text(_PROGRAM, encoding="utf-8")
    images = ImageCatalog(images={"orders": Image(command=(sys.executable, str(program)))})
    sandbox = Sandbox(tmp_path, apis=AccountApis(account), images=images)
    yield sandbox
    sandbox.scheduler.close()


def definition(
    revision: int = 1, *, role: str = ROLE, execution_role: str = EXECUTION_ROLE, **secrets: str
) -> TaskDefinition:
    plain = task_definition(revision)
    containers = (replace(plain.main_container, secrets=secrets),)
    return replace(plain, containers=containers, task_role_arn=role, execution_role_arn=execution_role)


def get(task: TaskListing, path: str) -> Any:
    with urllib.request.urlopen(f"http://{task.address}:{task.port}{path}", timeout=30) as answer:
        return json.load(answer)


def stopped_reasons(sandbox: Sandbox) -> set[tuple[str, str]]:
    assert sandbox.observed is not None
    return {(each.stop_code, each.stopped_reason) for each in sandbox.observed.tasks}


def test_a_task_has_the_values_of_its_secrets_which_appear_nowhere_else(
    sandbox: Sandbox, account: AwsClients, tmp_path: Path
) -> None:
    full = account.secretsmanager.describe_secret(SecretId="shop/token")["ARN"]
    parameter = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/shop/flags"
    secrets = {"KEY": f"{SECRET}:key::", "ALL": SECRET, "TOKEN": full, "FLAGS": "/shop/flags", "SAME_FLAGS": parameter}
    sandbox.serve(definition(**secrets), desired_count=1)
    sandbox.until_completed()
    (task,) = sandbox.tasks
    environment = get(task, "/environment")
    assert {name: environment[name] for name in secrets} == {
        "KEY": VALUE,
        "ALL": json.dumps({"key": VALUE}),
        "TOKEN": f"{VALUE}-token",
        "FLAGS": f"{VALUE}-flags",
        "SAME_FLAGS": f"{VALUE}-flags",
    }
    found = [repr(sandbox.observed), repr(sandbox.tasks)]
    found += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    found += [path.read_text() for path in _command_lines(task)]
    assert not [each for each in found if VALUE in each]


def test_boto3_in_a_task_needs_no_configuration_and_has_the_rights_of_the_task_role(
    sandbox: Sandbox, account: AwsClients
) -> None:
    sandbox.serve(definition(), desired_count=1)
    sandbox.until_completed()
    (task,) = sandbox.tasks
    assert get(task, "/put") == f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-task/{task.task_id}"
    assert account.s3.get_object(Bucket="a-bucket", Key="orders/1")["Body"].read() == b"paid"
    environment = get(task, "/environment")
    assert (environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")
    assert environment["AWS_EXECUTION_ENV"] == "AWS_ECS_FARGATE"

    sandbox.serve(definition(2, role=""), desired_count=1)
    sandbox.until_completed(2)
    (task,) = sandbox.tasks
    assert get(task, "/put") == "NoCredentialsError"


def test_the_variables_of_aws_that_differ_from_fargate(sandbox: Sandbox, account: AwsClients) -> None:
    sandbox.serve(definition(), desired_count=1)
    sandbox.until_completed()
    (task,) = sandbox.tasks
    environment = get(task, "/environment")
    assert environment["AWS_ENDPOINT_URL"] == account.endpoint
    assert environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"].startswith("http://127.0.0.1:")
    assert not {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "ECS_CONTAINER_METADATA_URI_V4"} & set(environment)


def test_a_task_role_need_not_exist(account: AwsClients) -> None:
    assumed = account.sts.assume_role(RoleArn=ROLE, RoleSessionName="orders")["AssumedRoleUser"]["Arn"]
    assert assumed == f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-task/orders"


def test_a_secret_that_the_execution_role_may_not_read_fails_the_task_in_the_words_of_ecs(account: AwsClients) -> None:
    reader = SecretReader(account)
    secrets = {"KEY": f"{SECRET}:key::", "FLAGS": "/shop/flags"}

    def refusal(role: str) -> str:
        with pytest.raises(SecretsError) as raised:
            reader.values(secrets, execution_role_arn=role, task_id="0a1b")
        return str(raised.value)

    arn = account.secretsmanager.describe_secret(SecretId="shop/payment")["ARN"]
    assert refusal(PARAMETERS_ROLE) == (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret "
        f"{SECRET} from secrets manager: AccessDeniedException: User: arn:aws:sts::{ACCOUNT}:assumed-role/"
        "orders-task-parameters/0a1b is not authorized to perform: secretsmanager:GetSecretValue on resource: "
        f"{arn} because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )
    assert refusal(NO_ROLE).startswith(f"ECS was unable to assume the role '{NO_ROLE}' that was provided")
    assert reader.values(secrets, execution_role_arn=EXECUTION_ROLE, task_id="0a1b")["KEY"] == VALUE


@pytest.mark.parametrize("other", [("eu-west-1", "us-east-1"), (ACCOUNT, "210987654321")])
def test_a_secret_or_parameter_of_another_account_or_region_does_not_exist(
    account: AwsClients, other: tuple[str, str]
) -> None:
    for arn in (SECRET, f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/shop/flags"):
        with pytest.raises(SecretsError, match=r"can't find the specified secret|invalid ssm parameters"):
            SecretReader(account).values(
                {"KEY": arn.replace(*other)}, execution_role_arn=EXECUTION_ROLE, task_id="0a1b"
            )


@pytest.mark.parametrize(
    ("value_from", "reason"),
    [
        (
            f"{SECRET}s:key::",
            f"unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret "
            f"{SECRET}s from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified "
            "secret.",
        ),
        (
            f"{SECRET}:password::",
            "unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from "
            "Secrets Manager did not contain json key password",
        ),
        (
            "/shop/flag",
            "unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: "
            "/shop/flag",
        ),
    ],
)
def test_a_task_without_one_of_its_secrets_fails_to_start_in_the_words_of_ecs(
    sandbox: Sandbox, value_from: str, reason: str
) -> None:
    sandbox.serve(definition(KEY=f"{SECRET}:key::", OTHER=value_from), desired_count=3)
    sandbox.tick_until(lambda: sandbox.rollout() == (1, "FAILED"))
    whole = (
        f"ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        f"{reason}"
    )
    assert stopped_reasons(sandbox) == {("TaskFailedToStart", whole)}
    assert f"of orders: {whole}. In the sandbox, " in str(sandbox.scheduler.failures()[0])


def _command_lines(task: TaskListing) -> list[Path]:
    """Return the files with the command lines of the task's process and of the process that started it."""
    assert task.process_id is not None
    status = Path(f"/proc/{task.process_id}/status").read_text()
    (parent,) = (line.split()[1] for line in status.splitlines() if line.startswith("PPid:"))
    return [Path(f"/proc/{each}/cmdline") for each in (task.process_id, parent)]
