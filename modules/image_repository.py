"""The repository of one image: ECR repository -> its lifecycle policy."""

from __future__ import annotations

import json
from typing import Any, Final

from colonnade.modules.provider import aws, constructs

_KEPT_IMAGES = 1000
"""The number is so large that no image in use expires.

A lifecycle policy cannot know which images are in use, and it expires the oldest first. Images share their layers, so a
thousand of them cost little.
"""


class ImageRepository(constructs.Construct):
    """A repository with immutable tags and a scan at each push. It keeps the newest 1000 images.

    Inputs:
        name: The repository's name.
        force_delete: True if destroying the repository deletes its images too. Default: False.

    Resources: `aws_ecr_repository`, `aws_ecr_lifecycle_policy`.

    Outputs: `url`, the name of the image without its tag; `arn`.
    """

    def __init__(self, scope: Any, id_: str, *, name: str, force_delete: bool = False) -> None:
        super().__init__(scope, id_)
        scan = aws.ecr_repository.EcrRepositoryImageScanningConfiguration(scan_on_push=True)
        repository = aws.ecr_repository.EcrRepository(
            self,
            "this",
            name=name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=scan,
            force_delete=force_delete,
        )
        aws.ecr_lifecycle_policy.EcrLifecyclePolicy(
            self, "lifecycle_policy", repository=repository.name, policy=_keep_newest(_KEPT_IMAGES)
        )
        self.url: Final[str] = repository.repository_url
        self.arn: Final[str] = repository.arn


def _keep_newest(count: int) -> str:
    """Return the lifecycle policy.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    rule = {
        "rulePriority": 1,
        "description": f"Keep the newest {count} images",
        "selection": selection,
        "action": {"type": "expire"},
    }
    document = {"rules": [rule]}
    return json.dumps(document, sort_keys=True)
