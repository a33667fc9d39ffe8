"""The AWS account of the credentials: credentials -> STS GetCallerIdentity -> session for the environment's account.

This is the first AWS call of every command that uses AWS. Credentials are found as Terraform finds them: environment
variables, AWS_PROFILE and the shared files, the role of a container or a machine. AWS_ENDPOINT_URL selects an AWS
emulator instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.terminal.errors import ColonnadeError

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 5, 20, 2
"""With these limits, the command fails after about ten seconds if it cannot reach AWS; with boto3's defaults, after
minutes."""

# The names of exceptions of botocore. They are strings, because some exist only in later versions, and botocore is
# imported only when AWS is called.
_MISSING = {"NoCredentialsError", "PartialCredentialsError", "NoAuthTokenError"}
_EXPIRED = {"SSOError", "TokenRetrievalError", "LoginError"}
_UNREACHABLE = {"HTTPClientError", "ConnectionError"}
_EXPIRED_CODES = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_REFUSED_CODES = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_LOG_IN = "log in, for example with `aws sso login`, and name the profile in AWS_PROFILE"


class AwsError(ColonnadeError):
    """A failed call of AWS: it could not be made, or AWS returned an error. The message has the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsSession:
    """A boto3 session of the environment's account, and its caller."""

    caller: str
    """The ARN of the user or role."""
    session: Any
    """The `boto3.Session`."""

    def client(self, service: str, *, attempts: int = _ATTEMPTS, region: str | None = None) -> Any:
        """Return a client with short timeouts.

        `attempts` is the largest number of attempts of a call, by default 2; `region` the environment's, by default.
        """
        return _client(self.session, service, attempts, region)

    def with_role(self, role_arn: str) -> AwsSession:
        """Return a session of a role, which the caller assumes for 15 minutes; raises an exception of botocore."""
        import boto3

        given = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="colonnade", DurationSeconds=900)
        keys = given["Credentials"]
        session = boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=self.session.region_name,
        )
        return AwsSession(caller=str(given["AssumedRoleUser"]["Arn"]), session=session)


def placeholder_problem(environment: Environment) -> Problem:
    """Return the problem of an environment whose account is a placeholder."""
    return Problem(
        subject=f"environment {environment.name!r}",
        message=f"account_id {environment.account_id} is a placeholder from AWS's documentation, not an account",
        fix=f"put your account_id, zone_name and state_bucket into environments/{environment.name}.toml",
    )


def open_session(environment: Environment) -> AwsSession:
    """Return a session of the environment's account; raises AwsError, or ConfigurationError for another account."""
    import boto3

    with aws_errors():
        session = boto3.Session(region_name=environment.region)
        identity = _client(session, "sts").get_caller_identity()
    account, caller = str(identity["Account"]), str(identity["Arn"])
    if account != environment.account_id:
        message = f"the AWS credentials belong to account {account}, not to the environment's {environment.account_id}"
        fix = (
            f"use credentials of account {environment.account_id} (these are {caller}), "
            f"or correct account_id in environments/{environment.name}.toml"
        )
        raise ConfigurationError([Problem(subject=f"environment {environment.name!r}", message=message, fix=fix)])
    return AwsSession(caller=caller, session=session)


@contextmanager
def aws_errors() -> Iterator[None]:
    """Convert botocore's exceptions to AwsError, with a fix."""
    from botocore import exceptions

    try:
        yield
    except (exceptions.ClientError, exceptions.BotoCoreError) as error:
        raise AwsError(_explained(error)) from error


def error_code(error: Exception) -> str:
    """Return the code of AWS's response, such as 'NoSuchBucket'; empty for an error without a response."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _client(session: Any, service: str, attempts: int = _ATTEMPTS, region: str | None = None) -> Any:
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries=retries)
    return session.client(service, config=config, region_name=region)


def _explained(error: Exception) -> str:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    code = error_code(error)
    if kinds & _MISSING:
        how = f"{_LOG_IN}, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        return f"AWS: no credentials: {error}\n    {how}"
    if "ProfileNotFound" in kinds:
        return (
            f"AWS: no credentials: {error}\n    correct AWS_PROFILE; `aws configure list-profiles` lists the profiles"
        )
    if kinds & _EXPIRED or code in _EXPIRED_CODES:
        how = "log in again, for example with `aws sso login`, or renew the keys and AWS_SESSION_TOKEN"
        return f"AWS: the credentials have expired: {error}\n    {how}"
    if "CredentialRetrievalError" in kinds:
        return f"AWS: the credentials could not be retrieved: {error}\n    {_LOG_IN}"
    if kinds & _UNREACHABLE:
        how = "check the network, and HTTPS_PROXY and AWS_ENDPOINT_URL where they are set; then try again"
        return f"AWS cannot be reached: {error}\n    {how}"
    if code in _REFUSED_CODES:
        how = "check AWS_PROFILE, the keys, and this machine's clock; then log in again"
        return f"AWS does not accept the credentials: {error}\n    {how}"
    return f"AWS: {error}"
