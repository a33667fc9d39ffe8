"""Private S3 buckets: bucket -> (encryption, ownership, access block, policy that requires TLS) -> versioning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from colonnade.modules.iam_policy import Statement, policy
from colonnade.modules.provider import aws, cdktf, constructs


class PrivateBucket(constructs.Construct):
    """A private bucket, encrypted with SSE-S3, that refuses requests without TLS.

    Inputs:
        name: The bucket's name, unique among all accounts, 3 to 63 characters.
        force_destroy: True if destroying the bucket deletes its objects too. Default: False.
        prevent_destroy: True if Terraform refuses to destroy the bucket. Default: False.
        allowed: Statements to add to its policy. Default: none.

    Resources: `aws_s3_bucket`, `aws_s3_bucket_server_side_encryption_configuration`,
    `aws_s3_bucket_ownership_controls`, `aws_s3_bucket_public_access_block`, `aws_s3_bucket_policy`.

    Outputs: `name`; `bucket_id`; `policy`, as a CDKTF resource, for the `depends_on` of what needs its permissions.
    """

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
        self.policy: Final[Any] = self._make_policy(bucket, self._block_public_access(bucket.id), allowed)
        self.bucket_id: Final[str] = bucket.id
        self.name: Final[str] = bucket.bucket

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
        # S3 refuses concurrent changes of a bucket's access settings.
        return aws.s3_bucket_policy.S3BucketPolicy(
            self, "policy", bucket=bucket.id, policy=policy(tls_only, *allowed), depends_on=[public_access_block]
        )


class StateBucket(PrivateBucket):
    """A private, versioned bucket for Terraform states. Terraform refuses to destroy it.

    Inputs:
        name: The bucket's name, unique among all accounts, 3 to 63 characters.

    Resources: those of `PrivateBucket`, `aws_s3_bucket_versioning`.

    Outputs: those of `PrivateBucket`.
    """

    def __init__(self, scope: Any, id_: str, *, name: str) -> None:
        super().__init__(scope, id_, name=name, prevent_destroy=True)
        # Versions never expire: states are small, and the provider takes a minute to create a lifecycle rule.
        configuration = aws.s3_bucket_versioning.S3BucketVersioningVersioningConfiguration(status="Enabled")
        aws.s3_bucket_versioning.S3BucketVersioningA(
            self, "versioning", bucket=self.bucket_id, versioning_configuration=configuration
        )
