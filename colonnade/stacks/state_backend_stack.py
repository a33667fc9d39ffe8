"""The stack of the bucket for the states of all other stacks. Its own state is a local file.

That state contains only the bucket. If the file is lost, `terraform import` recovers the bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.model import naming
from colonnade.modules.private_bucket import StateBucket
from colonnade.modules.provider import cdktf
from colonnade.stacks.environment_stack import EnvironmentStack


class StateBackendStack(EnvironmentStack):
    """The state bucket of one environment, applied once, before everything else."""

    def __init__(
        self, scope: Any, *, environment: str, state_bucket: str, account_id: str, region: str, tags: Mapping[str, str]
    ) -> None:
        super().__init__(scope, naming.STATE_BACKEND_STACK, account_id=account_id, region=region, tags=tags)
        # CDKTF's default is an absolute path. Terraform runs in cdktf.out/stacks/NAME, so this path leads to the
        # project's root: the file, one per environment, survives the deletion of cdktf.out.
        cdktf.LocalBackend(self, path=f"../../../terraform.{naming.STATE_BACKEND_STACK}.{environment}.tfstate")
        bucket = StateBucket(self, "bucket", name=state_bucket)
        cdktf.TerraformOutput(
            self, "state_bucket", value=bucket.name, description="The bucket of this environment's Terraform states"
        )
