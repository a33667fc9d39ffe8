"""The base of every stack of an environment: versions, the AWS provider for one account, and the state backend.

It has Terraform settings and a provider, and no AWS resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.modules.provider import PROVIDER_SOURCE, PROVIDER_VERSION, aws, cdktf

TERRAFORM_VERSION = ">= 1.10"
"""The first version whose S3 backend can lock a state without DynamoDB."""


class EnvironmentStack(cdktf.TerraformStack):
    """A stack that can change only the account of its environment."""

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
            # With credentials of another account, Terraform fails instead of changing that account.
            allowed_account_ids=[self._account_id],
            default_tags=[default_tags],
        )

    def provider_with_role(self, alias: str, role_arn: str) -> Any:
        """Add a second configuration of the provider, for resources of the account that has the role."""
        assume_role = aws.provider.AwsProviderAssumeRole(role_arn=role_arn)
        return aws.provider.AwsProvider(
            self, f"aws_{alias}", alias=alias, region=self._region, assume_role=[assume_role]
        )

    def _keep_state_in_bucket(self, bucket: str, key: str) -> None:
        backend = cdktf.S3Backend(
            self,
            bucket=bucket,
            key=key,
            region=self._region,
            encrypt=True,
        )
        # CDKTF 0.21 has no argument for the lock file, which Terraform 1.10 introduced.
        backend.add_override("use_lockfile", True)
