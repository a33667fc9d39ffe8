"""Terraform's environment is the user's without the AWS and Terraform configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from colonnade_sandbox.terraform.environment import provider_configuration, terraform_environment, user_home
from colonnade_sandbox.terraform.runner import Terraform
from tests.support.small_stacks import ACCOUNT_ID
from tests.support.terraform import emulated_account

_USERS = {
    "PATH": "/bin",
    "HOME": "/users/own",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_S3": "https://s3.example",
    "aws_ca_bundle": "/somewhere",
    "TF_VAR_region": "us-east-1",
    "TF_CLI_ARGS": "-destroy",
    "TF_WORKSPACE": "production",
}


def _environment(base: dict[str, str], folder: Path, endpoint: str = "http://127.0.0.1:9") -> dict[str, str]:
    cli_config = provider_configuration(base, home=Path(base["HOME"]), folder=folder)
    return terraform_environment(base, endpoint=endpoint, region="eu-west-1", folder=folder, cli_config=cli_config)


def test_every_aws_and_terraform_variable_of_the_user_is_dropped(tmp_path: Path) -> None:
    environment = _environment(_USERS, tmp_path)
    added = {name: value for name, value in environment.items() if name not in {"PATH", "HOME"}}
    assert environment["PATH"] == "/bin"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "aws_ca_bundle"} & set(added)
    assert not {"TF_VAR_region", "TF_CLI_ARGS", "TF_WORKSPACE"} & set(added)
    assert added["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert added["AWS_REGION"] == added["AWS_DEFAULT_REGION"]
    assert added["AWS_ACCESS_KEY_ID"] == "sandbox"
    assert added["CHECKPOINT_DISABLE"] == "1"


def test_providers_create_their_sockets_in_the_scratch_folder_unless_its_path_is_too_long(tmp_path: Path) -> None:
    short, long = tmp_path / "s", tmp_path / ("l" * 90)
    for folder in (short, long):
        folder.mkdir()
    user = _USERS | {"TMPDIR": "/tmp"}  # noqa: S108
    assert _environment(user, short)["TMPDIR"] == str(short)
    assert _environment(user, long)["TMPDIR"] == user["TMPDIR"]


def test_the_users_aws_files_are_replaced_by_empty_ones(tmp_path: Path) -> None:
    environment = _environment(_USERS, tmp_path)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        assert Path(environment[name]).read_text() == ""


def test_without_a_mirror_the_users_own_terraform_configuration_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("colonnade_sandbox.terraform.environment.find_mirror", lambda _candidates: None)
    own = tmp_path / ".terraformrc"
    assert provider_configuration({}, home=tmp_path, folder=tmp_path) is None
    own.write_text("")
    assert provider_configuration({}, home=tmp_path, folder=tmp_path) == own
    assert (
        provider_configuration({"TF_CLI_CONFIG_FILE": str(tmp_path / "absent")}, home=tmp_path, folder=tmp_path) is None
    )


@pytest.mark.terraform
def test_a_user_without_a_home_has_a_folder_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_user: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert not user_home().exists()


def test_the_users_profile_is_never_read(tmp_path: Path) -> None:
    """Check that the profile's credential process, which would create a file, never runs."""
    home, stack, trace = tmp_path / "home", tmp_path / "stack", tmp_path / "trace"
    (home / ".aws").mkdir(parents=True)
    stack.mkdir()
    (home / ".aws" / "config").write_text(f"[profile production]\ncredential_process = touch {trace}\n")
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id = real\naws_secret_access_key = real\n")
    (stack / "main.tf.json").write_text(
        f"""{{"terraform": {{"required_providers": {{"aws": {{"source": "hashicorp/aws", "version": "~> 5.100"}}}}}},
            "provider": {{"aws": {{"region": "eu-west-1", "allowed_account_ids": ["{ACCOUNT_ID}"]}}}},
            "data": {{"aws_caller_identity": {{"who": {{}}}}}},
            "output": {{"account": {{"value": "${{data.aws_caller_identity.who.account_id}}"}}}}}}"""
    )
    with emulated_account(
        account_id=ACCOUNT_ID, region="eu-west-1", zone_name="a.localhost", state_bucket="a-bucket"
    ) as account:
        users = {**os.environ, **_USERS, "PATH": os.environ["PATH"], "HOME": str(home)}
        terraform = Terraform(folder=stack, environment=_environment(users, tmp_path, account.endpoint))
        terraform.init()
        terraform.apply()
        assert terraform.outputs() == {"account": ACCOUNT_ID}
    assert not trace.exists()
