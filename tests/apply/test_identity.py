"""Tests of the check that the credentials belong to the environment's account, by each possible response of STS."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from botocore import exceptions

from colonnade.apply import command
from colonnade.apply.identity import AwsError, aws_errors, open_session
from tests.support.service_process import ROOT
from tests.support.small_project import ACCOUNT_ID, RecordedAws, SmallProject
from tests.support.specs import environment, problems_raised

MINE = environment(account_id=ACCOUNT_ID)


def explanation(error: Exception) -> str:
    with pytest.raises(AwsError) as raised, aws_errors():
        raise error
    return str(raised.value)


def answer(code: str) -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")


def test_boto3_is_not_imported_before_aws_is_called() -> None:
    code = "import colonnade.apply.command, sys; exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.usefixtures("aws")
def test_credentials_of_another_account_are_refused_with_both_accounts_and_the_caller() -> None:
    (problem,) = problems_raised(lambda: open_session(environment(account_id="000011110000")))
    assert problem == (
        f"environment 'test': the AWS credentials belong to account {ACCOUNT_ID}, "
        "not to the environment's 000011110000\n"
        f"    use credentials of account 000011110000 (these are arn:aws:sts::{ACCOUNT_ID}:user/moto), "
        "or correct account_id in environments/test.toml"
    )


@pytest.mark.terraform
@pytest.mark.parametrize("run", [command.plan, command.apply, command.destroy])
def test_credentials_of_another_account_call_only_get_caller_identity(
    run: object, project: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write("board", {"terraform_data": {"one": {"input": 1}}})
    file = project.root / "environments" / "dev.toml"
    file.write_text(file.read_text().replace(ACCOUNT_ID, "000011110000"))
    assert callable(run)
    assert run("board", "dev") == 2
    assert "credentials of account 000011110000 " in capfd.readouterr().err
    assert aws.calls() == ["sts GetCallerIdentity"]


@pytest.mark.terraform
@pytest.mark.usefixtures("state_bucket")
def test_the_caller_identity_is_the_first_call_and_is_reported(
    project: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write("board", {"terraform_data": {"one": {"input": 1}}})
    assert command.plan("board", "dev") == 0
    assert aws.calls()[0] == "sts GetCallerIdentity"
    assert len(aws.calls()) > 1
    assert f"AWS account {ACCOUNT_ID} as arn:aws:sts::{ACCOUNT_ID}:user/moto\n" in capfd.readouterr().err


@pytest.mark.usefixtures("project")
def test_missing_credentials_are_reported_with_a_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AwsError, match=r"AWS: no credentials: .*\n    log in, for example with `aws sso login`"):
        open_session(MINE)
    monkeypatch.setenv("AWS_PROFILE", "unused")
    with pytest.raises(AwsError, match=r"no credentials: .*\(unused\) could not be found\n    correct AWS_PROFILE"):
        open_session(MINE)


@pytest.mark.usefixtures("project")
def test_an_unreachable_aws_is_reported_soon_with_a_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(AwsError, match=r"AWS cannot be reached: .*127\.0\.0\.1:9.*\n    check the network"):
        open_session(MINE)


@pytest.mark.usefixtures("aws")
def test_a_profile_is_found_as_terraform_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").write_text("[mine]\naws_access_key_id = one\naws_secret_access_key = two\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert open_session(MINE).caller.startswith(f"arn:aws:sts::{ACCOUNT_ID}")


@pytest.mark.parametrize(
    ("error", "beginning", "fix"),
    [
        (answer("ExpiredToken"), "AWS: the credentials have expired: ", "log in again"),
        (answer("RequestExpired"), "AWS: the credentials have expired: ", "log in again"),
        (exceptions.UnauthorizedSSOTokenError(), "AWS: the credentials have expired: ", "log in again"),
        (
            exceptions.TokenRetrievalError(provider="sso", error_msg="expired"),
            "AWS: the credentials have expired: ",
            "log in again",
        ),
        (answer("InvalidClientTokenId"), "AWS does not accept the credentials: ", "check AWS_PROFILE, the keys"),
        (answer("SignatureDoesNotMatch"), "AWS does not accept the credentials: ", "this machine's clock"),
        (
            exceptions.CredentialRetrievalError(provider="process", error_msg="exit 1"),
            "AWS: the credentials could not be retrieved: ",
            "aws sso login",
        ),
        (exceptions.ConnectTimeoutError(endpoint_url="https://sts"), "AWS cannot be reached: ", "HTTPS_PROXY"),
        (exceptions.ProxyConnectionError(proxy_url="http://p"), "AWS cannot be reached: ", "HTTPS_PROXY"),
        (exceptions.SSLError(endpoint_url="https://sts", error="e"), "AWS cannot be reached: ", "HTTPS_PROXY"),
        (answer("AccessDenied"), "AWS: ", "AccessDenied"),
    ],
)
def test_each_error_of_aws_has_one_message_with_its_fix(error: Exception, beginning: str, fix: str) -> None:
    text = explanation(error)
    assert text.startswith(beginning)
    assert fix in text
