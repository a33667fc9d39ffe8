"""The stack of an environment's image repositories, applied before deployments, so that images exist for services.

Deployments do not read its state: `Resolved` has the names and ARNs of their repositories.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.model import naming
from colonnade.modules.image_repository import ImageRepository
from colonnade.modules.provider import cdktf
from colonnade.stacks.environment_stack import EnvironmentStack


class ImageRepositoriesStack(EnvironmentStack):
    """One repository for each image that a service of any deployment runs."""

    def __init__(
        self,
        scope: Any,
        *,
        repository_names: Mapping[str, str],
        force_delete: bool,
        account_id: str,
        region: str,
        tags: Mapping[str, str],
        state_bucket: str,
        state_key: str,
    ) -> None:
        """Create the repositories.

        `repository_names` maps images to names. With `force_delete`, destroying a repository deletes its images too.
        """
        super().__init__(scope, naming.IMAGE_REPOSITORIES_STACK, account_id=account_id, region=region, tags=tags)
        self._keep_state_in_bucket(state_bucket, state_key)
        repositories = {
            image: ImageRepository(
                self,
                f"{image}_repository",
                name=repository_names[image],
                force_delete=force_delete,
            )
            for image in sorted(repository_names)
        }
        urls = {image: repository.url for image, repository in repositories.items()}
        cdktf.TerraformOutput(self, "repository_urls", value=urls, description="Where to push each image, by image")
