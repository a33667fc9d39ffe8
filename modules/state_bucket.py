"""Where Terraform states live: S3 bucket -> versioning, encryption, ownership, public access block, TLS-only policy.

Imported by `state_backend_stack`.
"""

from __future__ import annotations

from typing import Any

from modules.iam_policy import Statement, policy
from modules.provider import aws, cdktf, constructs


class StateBucket(constructs.Construct):
    """A private, encrypted, versioned bucket that Terraform refuses to destroy: the only record of what exists."""

    def __init__(self, scope: Any, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        bucket = aws.s3_bucket.S3Bucket(
            self, "this", bucket=name, lifecycle=cdktf.TerraformResourceLifecycle(prevent_destroy=True)
        )
        self._keep_versions(bucket.id)
        self._encrypt(bucket.id)
        self._own_every_object(bucket.id)
        self._refuse_plain_http(bucket, self._block_public_access(bucket.id))
        self.name: str = bucket.bucket

    def _keep_versions(self, bucket: str) -> None:
        # For ever: a state is small, and a rule that expires versions takes the provider a minute to make.
        configuration = aws.s3_bucket_versioning.S3BucketVersioningVersioningConfiguration(status="Enabled")
        aws.s3_bucket_versioning.S3BucketVersioningA(
            self, "versioning", bucket=bucket, versioning_configuration=configuration
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
