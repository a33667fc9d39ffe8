"""Tests of the stack of the image repositories: one per image, with the names that deployments compute."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.project import PROJECT
from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.synth import DEPLOYMENT_NAMES, synthesize, synthesized

pytestmark = pytest.mark.synth


def test_deployments_pull_from_these_repositories_or_from_a_public_registry() -> None:
    stacks = synthesized("prod")
    made = {body["name"] for body in stacks["image-repositories"].resources("aws_ecr_repository").values()}
    images = {
        definition["container_definitions"][0]["image"]
        for name in DEPLOYMENT_NAMES
        for definition in stacks[name].resources("aws_ecs_task_definition").values()
    }
    own = {image for image in images if ".dkr.ecr." in image}
    assert made == {image.split("/")[1].split("@")[0] for image in own}
    assert images - own == {"registry.example.com/colonnade/hello:1.0.0"}


def test_deployments_that_run_the_same_image_share_its_repository() -> None:
    services = tuple(replace(service, rule_priority=None) for service in DEPLOYMENT.services)
    second = replace(DEPLOYMENT, name="second", subdomain="second", services=services)
    sandbox = PROJECT.environment("sandbox")
    blocks = {**sandbox.network.vpc_cidrs, "second": "10.60.0.0/16"}
    stacks = synthesize(replace(sandbox, network=replace(sandbox.network, vpc_cidrs=blocks)), DEPLOYMENT, second)
    assert set(stacks) == {"services", "second", "state-backend", "image-repositories"}
    assert len(stacks["image-repositories"].resources("aws_ecr_repository")) == 3


def test_the_output_has_the_url_to_push_each_image_to() -> None:
    stack = synthesized()["image-repositories"]
    repository = stack.address("aws_ecr_repository", "service1_repository")
    urls = stack.document["output"]["repository_urls"]["value"]
    assert urls["service1"] == f"${{{repository}.repository_url}}"
    assert set(urls) == {
        *(f"service{number}" for number in (1, 2, 3)),
        *(f"message-board-{part}" for part in ("api", "users", "threads", "posts")),
        "shop",
    }
