"""Where Terraform states live: S3 bucket -> versioning, encryption, ownership, public access block, TLS-only policy,
expiry of old versions. Imported by `state_backend_stack`.
"""

from __future__ import annotations

from typing import Any

from modules.iam_policy import Statement, policy
from modules.provider import aws, cdktf, constructs

_OLD_VERSION_DAYS = 90
"""How long a state can be taken back to; a state file is small."""


class StateBucket(constructs.Construct):
    """A private, encrypted, versioned bucket that Terraform refuses to destroy: the only record of what exists."""

    def __init__(self, scope: Any, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        bucket = aws.s3_bucket.S3Bucket(
            self, "this", bucket=name, lifecycle=cdktf.TerraformResourceLifecycle(prevent_destroy=True)
        )
        versioning = self._versions(bucket.id)
        self._expire_old_versions(bucket.id, versioning)
        self._encrypt(bucket.id)
        self._own_every_object(bucket.id)
        self._refuse_plain_http(bucket, self._block_public_access(bucket.id))
        self.name: str = bucket.bucket
        self.arn: str = bucket.arn

    def _versions(self, bucket: str) -> Any:
        configuration = aws.s3_bucket_versioning.S3BucketVersioningVersioningConfiguration(status="Enabled")
        return aws.s3_bucket_versioning.S3BucketVersioningA(
            self, "versioning", bucket=bucket, versioning_configuration=configuration
        )

    def _expire_old_versions(self, bucket: str, versioning: Any) -> None:
        lifecycle = aws.s3_bucket_lifecycle_configuration
        rule = lifecycle.S3BucketLifecycleConfigurationRule(
            id="expire-old-versions",
            status="Enabled",
            filter=[lifecycle.S3BucketLifecycleConfigurationRuleFilter(prefix="")],
            noncurrent_version_expiration=[
                lifecycle.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                    noncurrent_days=_OLD_VERSION_DAYS
                )
            ],
        )
        lifecycle.S3BucketLifecycleConfiguration(
            self, "old_versions", bucket=bucket, rule=[rule], depends_on=[versioning]
        )

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

    def _refuse_plain_http(self, bucket: Any, public_access_block: Any) -> None:
        everyone = {"*": "*"}
        over_plain_http = {"Bool": {"aws:SecureTransport": "false"}}
        statement = Statement(
            sid="TlsOnly",
            effect="Deny",
            principals=everyone,
            actions=("s3:*",),
            resources=(bucket.arn, f"{bucket.arn}/*"),
            conditions=over_plain_http,
        )
        # S3 refuses two changes of a bucket's access at a time.
        aws.s3_bucket_policy.S3BucketPolicy(
            self, "policy", bucket=bucket.id, policy=policy(statement), depends_on=[public_access_block]
        )
