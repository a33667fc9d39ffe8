"""Claims about the stack of the image repositories: one per image, under the names that deployments compute."""

from __future__ import annotations

from dataclasses import replace

import pytest

import environments
from deployments.services import DEPLOYMENT
from tests.support.synth import synthesize, synthesized

pytestmark = pytest.mark.synth


def test_deployments_pull_from_the_repositories_that_are_made() -> None:
    stacks = synthesized("prod")
    made = {body["name"] for body in stacks["image-repositories"].resources("aws_ecr_repository").values()}
    pulled = {
        definition["container_definitions"][0]["image"].split("/")[1].split(":")[0]
        for definition in stacks["services"].resources("aws_ecs_task_definition").values()
    }
    assert made == pulled


def test_deployments_that_run_the_same_image_share_its_repository() -> None:
    services = tuple(replace(service, rule_priority=None) for service in DEPLOYMENT.services)
    second = replace(DEPLOYMENT, name="second", subdomain="second", services=services)
    stacks = synthesize(environments.load("sandbox"), DEPLOYMENT, second)
    assert set(stacks) == {"services", "second", "state-backend", "image-repositories"}
    assert len(stacks["image-repositories"].resources("aws_ecr_repository")) == 3


def test_the_output_names_where_to_push_each_image() -> None:
    stack = synthesized()["image-repositories"]
    repository = stack.address("aws_ecr_repository", "service1_repository")
    urls = stack.document["output"]["repository_urls"]["value"]
    assert urls["service1"] == f"${{{repository}.repository_url}}"
    assert set(urls) == {"service1", "service2", "service3"}
