"""Where Terraform states live: a private S3 bucket -> its versioning."""

from __future__ import annotations

from typing import Any

from colonnade.modules.private_bucket import PrivateBucket
from colonnade.modules.provider import aws


class StateBucket(PrivateBucket):
    """A private, encrypted, versioned bucket that Terraform refuses to destroy: the only record of what exists."""

    def __init__(self, scope: Any, id_: str, *, name: str) -> None:
        super().__init__(scope, id_, name=name, prevent_destroy=True)
        # For ever: a state is small, and a rule that expires versions takes the provider a minute to make.
        configuration = aws.s3_bucket_versioning.S3BucketVersioningVersioningConfiguration(status="Enabled")
        aws.s3_bucket_versioning.S3BucketVersioningA(
            self, "versioning", bucket=self.bucket_id, versioning_configuration=configuration
        )
