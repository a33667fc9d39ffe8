"""Tests of image repositories: immutable tags, scans, and expiry of old images."""

from __future__ import annotations

import pytest

from tests.support.synth import synthesized

pytestmark = pytest.mark.synth


def test_tags_are_immutable_and_every_push_is_scanned() -> None:
    repositories = synthesized("prod")["image-repositories"].resources("aws_ecr_repository")
    assert repositories
    for repository in repositories.values():
        assert repository["image_tag_mutability"] == "IMMUTABLE"
        assert repository["image_scanning_configuration"] == {"scan_on_push": True}


def test_old_images_expire() -> None:
    stack = synthesized()["image-repositories"]
    for policy in stack.resources("aws_ecr_lifecycle_policy").values():
        (rule,) = policy["policy"]["rules"]
        assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1000}
        assert rule["action"] == {"type": "expire"}


@pytest.mark.parametrize(("environment", "force_delete"), [("sandbox", True), ("dev", False), ("prod", False)])
def test_only_the_sandbox_deletes_a_repository_with_its_images(environment: str, force_delete: bool) -> None:
    for repository in synthesized(environment)["image-repositories"].resources("aws_ecr_repository").values():
        assert repository["force_delete"] is force_delete
