"""The bucket that holds the other stacks' states, in a state of its own on the machine that applies it.

That state holds nothing but the bucket, so losing it loses nothing: `terraform import` takes the bucket back.
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
        # CDKTF's default is an absolute path. Relative to cdktf.out/stacks/NAME, where Terraform runs, this is the
        # project's root, so that the file outlives a cdktf.out that is deleted; one for each environment.
        cdktf.LocalBackend(self, path=f"../../../terraform.{naming.STATE_BACKEND_STACK}.{environment}.tfstate")
        bucket = StateBucket(self, "bucket", name=state_bucket)
        cdktf.TerraformOutput(
            self, "state_bucket", value=bucket.name, description="The bucket of this environment's Terraform states"
        )
