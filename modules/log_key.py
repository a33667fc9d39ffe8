"""The key that encrypts a deployment's logs: KMS key -> its alias."""

from __future__ import annotations

from typing import Any

from colonnade.model import naming
from colonnade.model.environment.settings import Environment
from colonnade.modules.iam_policy import Statement, policy
from colonnade.modules.provider import aws, constructs


class LogKey(constructs.Construct):
    """A customer managed key, renewed each year, that CloudWatch Logs may use for one deployment's log groups alone.

    Who reads a log then needs `kms:Decrypt` too, and using the key is recorded in CloudTrail.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """

    def __init__(self, scope: Any, id_: str, *, name: str, deployment: str, environment: Environment) -> None:
        super().__init__(scope, id_)
        key = aws.kms_key.KmsKey(
            self,
            "this",
            description=f"The logs of {name}",
            enable_key_rotation=True,
            policy=policy(_account(environment), _cloudwatch_logs(deployment, environment)),
        )
        aws.kms_alias.KmsAlias(self, "alias", name=f"alias/{name}", target_key_id=key.key_id)
        self.arn: str = key.arn


def _account(environment: Environment) -> Statement:
    """Without it IAM policies count for nothing, and a key whose policy was wrong could never be changed again.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    principals = {"AWS": f"arn:aws:iam::{environment.account_id}:root"}
    # In a key's policy the resource is the key itself.
    return Statement(sid="Account", principals=principals, actions=("kms:*",), resources=("*",))


def _cloudwatch_logs(deployment: str, environment: Environment) -> Statement:
    region, account_id = environment.region, environment.account_id
    groups = naming.log_group_name(environment.project, environment.name, deployment, "*")
    principal = {"Service": f"logs.{region}.amazonaws.com"}
    own_groups = {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:log-group:{groups}"}
    }
    return Statement(
        sid="CloudWatchLogs",
        principals=principal,
        actions=("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"),
        resources=("*",),
        conditions=own_groups,
    )
