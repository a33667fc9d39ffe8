"""An environment's own registry in ECR: account of the credentials -> repositories -> login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.apply.identity import aws_errors, open_session, placeholder_problem
from colonnade.images.catalog import Image
from colonnade.images.registry import Registry
from colonnade.model import naming
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import ConfigurationError, Problem


def require_registry(environment: Environment, images: Sequence[Image]) -> None:
    """Raise ConfigurationError, before any call to AWS, for an environment or an image without a registry in ECR."""
    problems: list[Problem] = []
    if environment.name == SANDBOX:
        message = "it pulls no images: its tasks are processes on this machine"
        fix = "choose another environment, or name a registry with --registry"
        problems.append(Problem(subject=f"environment {environment.name!r}", message=message, fix=fix))
    if environment.documentation_account:
        problems.append(placeholder_problem(environment))
    for image in images:
        if image.public is not None:
            message = f"image {image.name!r} is pulled from {image.public}, not from the environment's registry"
            fix = f"push {image.local_name('TAG')} there with your own tool and login"
            subject = f"deployment {image.deployment!r}, service {image.service!r}"
            problems.append(Problem(subject=subject, message=message, fix=fix))
    if problems:
        raise ConfigurationError(problems)


def log_in(environment: Environment, repositories: Mapping[str, str]) -> Registry:
    """Return the environment's registry with a login for 12 hours; raises ConfigurationError or AwsError.

    `repositories`: the repository of each image, by the image's name. All must exist.
    """
    session = open_session(environment)
    with aws_errors():
        ecr = session.client("ecr")
        _require_repositories(ecr, environment, repositories)
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return Registry(host=environment.registry, token=token)


def _require_repositories(ecr: Any, environment: Environment, repositories: Mapping[str, str]) -> None:
    there = {
        repository["repositoryName"]
        for page in ecr.get_paginator("describe_repositories").paginate()
        for repository in page["repositories"]
    }
    problems = tuple(_missing(environment, repositories, there))
    if problems:
        raise ConfigurationError(problems)


def _missing(environment: Environment, repositories: Mapping[str, str], there: set[str]) -> Iterator[Problem]:
    command = f"colonnade apply {naming.IMAGE_REPOSITORIES_STACK} -e {environment.name}"
    for image, repository in repositories.items():
        if repository not in there:
            message = f"{environment.registry} has no repository {repository!r}"
            yield Problem(subject=f"image {image!r}", message=message, fix=f"run `{command}`")
