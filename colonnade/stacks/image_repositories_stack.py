"""The image repositories of an environment in one state, applied first, so that images are there before services start.

Deployments do not read this state: they compute repository names and ARNs with `colonnade.model.naming`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from colonnade.model import naming
from colonnade.model.environment.settings import Environment
from colonnade.modules.image_repository import ImageRepository
from colonnade.modules.provider import cdktf
from colonnade.stacks.environment_stack import EnvironmentStack


class ImageRepositoriesStack(EnvironmentStack):
    """One repository for each image that a service of any deployment runs."""

    def __init__(self, scope: Any, *, environment: Environment, images: Iterable[str]) -> None:
        super().__init__(scope, naming.IMAGE_REPOSITORIES_STACK, environment=environment)
        self._keep_state_in_bucket()
        repositories = {
            image: ImageRepository(
                self,
                f"{image}_repository",
                name=naming.repository_name(environment.project, environment.name, image),
                force_delete=environment.force_delete_repositories,
            )
            for image in sorted(set(images))
        }
        urls = {image: repository.url for image, repository in repositories.items()}
        cdktf.TerraformOutput(self, "repository_urls", value=urls, description="Where to push each image, by image")
