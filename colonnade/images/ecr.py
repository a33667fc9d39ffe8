"""An environment's own registry in ECR: account check -> repositories -> login, all through boto3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import boto3
from botocore import exceptions

from colonnade.images.catalog import Image
from colonnade.images.registry import Registry
from colonnade.model import naming
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.terminal.errors import ColonnadeError

_NO_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.ProfileNotFound,
    exceptions.TokenRetrievalError,
)
_NO_LOGIN = "log in to AWS, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


class AwsError(ColonnadeError):
    """AWS could not be asked, or said no; the text is what it said."""


def require_registry(environment: Environment, images: Sequence[Image]) -> None:
    """Refuses, before AWS is asked, what has no registry of its own to be pushed to."""
    problems: list[Problem] = []
    subject, name = f"environment {environment.name!r}", environment.name
    if name == SANDBOX:
        message = "it pulls no images: its tasks are processes on this machine"
        problems.append(Problem(subject=subject, message=message, fix="choose another, or a registry with --registry"))
    if environment.documentation_account:
        message = f"account_id {environment.account_id} is one of AWS's documentation, and nobody's"
        fix = f"put your account_id into environments/{name}.toml, or choose a registry with --registry"
        problems.append(Problem(subject=subject, message=message, fix=fix))
    for image in images:
        if image.public is not None:
            message = f"image {image.name!r} is pulled from {image.public}, not from the environment's registry"
            fix = f"push {image.local_name('TAG')} there with your own tool and login"
            problems.append(Problem(subject=f"service {image.service!r}", message=message, fix=fix))
    if problems:
        raise ConfigurationError(problems)


def log_in(environment: Environment, images: Sequence[Image]) -> Registry:
    """The environment's registry, opened for half a day; ConfigurationError or AwsError where that cannot be."""
    try:
        session = boto3.Session(region_name=environment.region)
        _require_account(session, environment)
        ecr = session.client("ecr")
        _require_repositories(ecr, environment, images)
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    except _NO_CREDENTIALS as error:
        raise AwsError(f"AWS: no credentials: {error}\n    {_NO_LOGIN}") from error
    except (exceptions.ClientError, exceptions.BotoCoreError) as error:
        raise AwsError(f"AWS: {error}") from error
    return Registry(host=environment.registry, token=token)


def _require_account(session: Any, environment: Environment) -> None:
    account = session.client("sts").get_caller_identity()["Account"]
    if account != environment.account_id:
        message = f"the AWS credentials are of account {account}, and the environment's is {environment.account_id}"
        fix = f"use credentials of that account, or correct account_id in environments/{environment.name}.toml"
        raise ConfigurationError([Problem(subject=f"environment {environment.name!r}", message=message, fix=fix)])


def _require_repositories(ecr: Any, environment: Environment, images: Sequence[Image]) -> None:
    there = {
        repository["repositoryName"]
        for page in ecr.get_paginator("describe_repositories").paginate()
        for repository in page["repositories"]
    }
    problems = tuple(_missing(environment, images, there))
    if problems:
        raise ConfigurationError(problems)


def _missing(environment: Environment, images: Sequence[Image], there: set[str]) -> Iterator[Problem]:
    command = f"colonnade apply {naming.IMAGE_REPOSITORIES_STACK} -e {environment.name}"
    for image in images:
        repository = image.repository(environment)
        if repository not in there:
            message = f"{environment.registry} has no repository {repository!r}"
            yield Problem(subject=f"image {image.name!r}", message=message, fix=f"run `{command}`")
