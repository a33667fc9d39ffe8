"""What every stack of an environment shares: versions, the AWS provider with its account guard, and where state lives.

Terraform settings and provider only, no AWS objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.modules.provider import PROVIDER_SOURCE, PROVIDER_VERSION, aws, cdktf

TERRAFORM_VERSION = ">= 1.10"
"""The first version whose S3 backend locks a state with S3 itself."""


class EnvironmentStack(cdktf.TerraformStack):
    """A stack that can only change the account of its environment."""

    def __init__(self, scope: Any, name: str, *, account_id: str, region: str, tags: Mapping[str, str]) -> None:
        super().__init__(scope, name)
        self._account_id = account_id
        self._region = region
        self._require_versions()
        self._configure_provider(tags)

    def _require_versions(self) -> None:
        self.add_override("terraform.required_version", TERRAFORM_VERSION)
        self.add_override("terraform.required_providers.aws.source", PROVIDER_SOURCE)
        self.add_override("terraform.required_providers.aws.version", PROVIDER_VERSION)

    def _configure_provider(self, tags: Mapping[str, str]) -> None:
        default_tags = aws.provider.AwsProviderDefaultTags(tags=dict(tags))
        aws.provider.AwsProvider(
            self,
            "aws",
            region=self._region,
            # Credentials of another account end in an error instead of in changes there.
            allowed_account_ids=[self._account_id],
            default_tags=[default_tags],
        )

    def _keep_state_in_bucket(self, bucket: str, key: str) -> None:
        backend = cdktf.S3Backend(
            self,
            bucket=bucket,
            key=key,
            region=self._region,
            encrypt=True,
        )
        # CDKTF 0.21 has no argument for the lock file that Terraform 1.10 brought.
        backend.add_override("use_lockfile", True)
