"""A private S3 bucket: bucket -> encryption, ownership, public access block, policy that asks for TLS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from colonnade.modules.iam_policy import Statement, policy
from colonnade.modules.provider import aws, cdktf, constructs


class PrivateBucket(constructs.Construct):
    """A private bucket, encrypted with S3's own keys; each kind of bucket adds what it is for."""

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        force_destroy: bool = False,
        prevent_destroy: bool = False,
        allowed: Sequence[Statement] = (),
    ) -> None:
        """`force_destroy` deletes its objects with it; `allowed` is added to its policy."""
        super().__init__(scope, id_)
        bucket = aws.s3_bucket.S3Bucket(
            self,
            "this",
            bucket=name,
            force_destroy=force_destroy if force_destroy else None,
            lifecycle=cdktf.TerraformResourceLifecycle(prevent_destroy=True) if prevent_destroy else None,
        )
        self._encrypt(bucket.id)
        self._own_every_object(bucket.id)
        self.policy: Any = self._make_policy(bucket, self._block_public_access(bucket.id), allowed)
        """Whoever is allowed by it can do nothing before it is there."""
        self.bucket_id: str = bucket.id
        self.name: str = bucket.bucket

    def _encrypt(self, bucket: str) -> None:
        encryption = aws.s3_bucket_server_side_encryption_configuration
        default = encryption.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
            sse_algorithm="AES256"
        )
        rule = encryption.S3BucketServerSideEncryptionConfigurationRuleA(
            apply_server_side_encryption_by_default=default
        )
        encryption.S3BucketServerSideEncryptionConfigurationA(self, "encryption", bucket=bucket, rule=[rule])

    def _own_every_object(self, bucket: str) -> None:
        rule = aws.s3_bucket_ownership_controls.S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced")
        aws.s3_bucket_ownership_controls.S3BucketOwnershipControls(self, "ownership", bucket=bucket, rule=rule)

    def _block_public_access(self, bucket: str) -> Any:
        return aws.s3_bucket_public_access_block.S3BucketPublicAccessBlock(
            self,
            "public_access_block",
            bucket=bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )

    def _make_policy(self, bucket: Any, public_access_block: Any, allowed: Sequence[Statement]) -> Any:
        everyone = {"*": "*"}
        over_plain_http = {"Bool": {"aws:SecureTransport": "false"}}
        tls_only = Statement(
            sid="TlsOnly",
            effect="Deny",
            principals=everyone,
            actions=("s3:*",),
            resources=(bucket.arn, f"{bucket.arn}/*"),
            conditions=over_plain_http,
        )
        # S3 refuses two changes of a bucket's access at a time.
        return aws.s3_bucket_policy.S3BucketPolicy(
            self, "policy", bucket=bucket.id, policy=policy(tls_only, *allowed), depends_on=[public_access_block]
        )
