"""The key that encrypts log groups: KMS key -> its alias."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from colonnade.modules.iam_policy import Statement, policy
from colonnade.modules.provider import aws, cdktf, constructs


class LogKey(constructs.Construct):
    """A customer managed key, rotated each year, that CloudWatch Logs may use only for certain log groups.

    Reading a log then also requires `kms:Decrypt`, and CloudTrail records each use of the key.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html

    Inputs:
        name: The end of the alias: 'shop-logs' becomes `alias/shop-logs`. At most 250 characters.
        log_group_names: The log groups that it may encrypt, as names or patterns such as '/shop/*'.
        account_id, region: The account and the region of the log groups.
        prevent_destroy: True if a plan that destroys it together with its stack fails, as logs that it encrypted could
            not be read afterwards. Default: False.

    Resources: `aws_kms_key`, `aws_kms_alias`.

    Outputs: `arn`.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        log_group_names: Sequence[str],
        account_id: str,
        region: str,
        prevent_destroy: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        log_groups = [f"arn:aws:logs:{region}:{account_id}:log-group:{each}" for each in log_group_names]
        key = aws.kms_key.KmsKey(
            self,
            "this",
            description=f"The logs of {name}",
            enable_key_rotation=True,
            policy=policy(_account(account_id), _cloudwatch_logs(log_groups, region)),
            lifecycle=cdktf.TerraformResourceLifecycle(prevent_destroy=True) if prevent_destroy else None,
        )
        aws.kms_alias.KmsAlias(self, "alias", name=f"alias/{name}", target_key_id=key.key_id)
        self.arn: Final[str] = key.arn


def _account(account_id: str) -> Statement:
    """Return the statement that lets IAM policies control the key; without it, a wrong key policy could not be fixed.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    principals = {"AWS": f"arn:aws:iam::{account_id}:root"}
    # In a key policy, "*" is the key itself.
    return Statement(sid="Account", principals=principals, actions=("kms:*",), resources=("*",))


def _cloudwatch_logs(log_groups: list[str], region: str) -> Statement:
    principal = {"Service": f"logs.{region}.amazonaws.com"}
    only_these_groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}}
    return Statement(
        sid="CloudWatchLogs",
        principals=principal,
        actions=("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"),
        resources=("*",),
        conditions=only_these_groups,
    )
