"""The bucket of a load balancer's access logs: a private S3 bucket -> the rule that deletes old logs."""

from __future__ import annotations

from typing import Any

from colonnade.modules.iam_policy import Statement
from colonnade.modules.private_bucket import PrivateBucket
from colonnade.modules.provider import aws

_ABANDONED_UPLOAD_DAYS = 7


class AccessLogBucket(PrivateBucket):
    """A private bucket that the load balancers of one account may write to, and whose objects expire.

    It is encrypted with SSE-S3, the only encryption with which load balancers can write to a bucket. They write as one
    service principal in every region, which replaces the former account id per region:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html

    Inputs:
        name: The bucket's name, unique among all accounts, 3 to 63 characters.
        account_id: The account whose load balancers may write.
        retention_days: Days after which a log is deleted. Default: 90.
        force_destroy: True if destroying the bucket deletes its logs too; otherwise S3 refuses to delete a bucket that
            contains logs. Default: False.

    Resources: those of `PrivateBucket`, `aws_s3_bucket_lifecycle_configuration`.

    Outputs: those of `PrivateBucket`.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        account_id: str,
        retention_days: int = 90,
        force_destroy: bool = False,
    ) -> None:
        principal = {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
        # Load balancers of other accounts write under their own account id, which this statement does not allow.
        write = Statement(
            sid="LoadBalancers",
            principals=principal,
            actions=("s3:PutObject",),
            resources=(f"arn:aws:s3:::{name}/AWSLogs/{account_id}/*",),
        )
        super().__init__(scope, id_, name=name, force_destroy=force_destroy, allowed=[write])
        lifecycle = aws.s3_bucket_lifecycle_configuration
        rule = lifecycle.S3BucketLifecycleConfigurationRule(
            id="expire",
            status="Enabled",
            filter=[lifecycle.S3BucketLifecycleConfigurationRuleFilter(prefix="")],
            expiration=[lifecycle.S3BucketLifecycleConfigurationRuleExpiration(days=retention_days)],
            abort_incomplete_multipart_upload=[
                lifecycle.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                    days_after_initiation=_ABANDONED_UPLOAD_DAYS
                )
            ],
        )
        lifecycle.S3BucketLifecycleConfiguration(self, "lifecycle", bucket=self.bucket_id, rule=[rule])
