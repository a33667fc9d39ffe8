"""The bucket that holds the other stacks' states, in a state of its own on the machine that applies it.

That state holds nothing but the bucket, so losing it loses nothing: `terraform import` takes the bucket back.
Imported by `main` and the tests.
"""

from __future__ import annotations

from typing import Any

from modules.provider import cdktf
from modules.spec import naming
from modules.spec.environment import Environment
from modules.state_bucket import StateBucket
from stacks.environment_stack import EnvironmentStack


class StateBackendStack(EnvironmentStack):
    """The state bucket of one environment, applied once, before everything else."""

    def __init__(self, scope: Any, *, environment: Environment) -> None:
        super().__init__(scope, naming.STATE_BACKEND_STACK, environment=environment)
        # Relative to the stack's own folder, one file per environment; CDKTF's default is an absolute path.
        cdktf.LocalBackend(self, path=f"terraform.{environment.name}.tfstate")
        bucket = StateBucket(self, "bucket", name=environment.state_bucket)
        cdktf.TerraformOutput(
            self, "state_bucket", value=bucket.name, description="The bucket of this environment's Terraform states"
        )
