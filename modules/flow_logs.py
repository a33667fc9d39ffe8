"""Flow logs of a network: log group -> role that writes to it -> the VPC's flow log.

https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
"""

from __future__ import annotations

from typing import Any

from colonnade.modules.iam_policy import Statement, policy
from colonnade.modules.log_group import log_group
from colonnade.modules.log_key import LogKey
from colonnade.modules.network import Network
from colonnade.modules.provider import aws, constructs, name_tag


class FlowLogs(constructs.Construct):
    """The flow log of a VPC: accepted and rejected flows, in CloudWatch Logs.

    Inputs:
        name: The name of the role and the `Name` tag of the flow log, at most 64 characters.
        log_group_name: The name of the log group that is created for it, such as '/shop/flow-logs'.
        network: The network that is recorded.
        account_id, region: The account and the region of the network.
        log_retention_days: One of the values that CloudWatch allows. Default: 30.
        role_path, permissions_boundary_arn: The path of the role, and the policy that limits it. Default: '/' and none.
        log_key: The key that encrypts the log group. Default: a key that AWS owns.
        keep_logs: True if the log group outlives the flow log. Default: False.

    Resources: `aws_cloudwatch_log_group`, `aws_iam_role`, `aws_iam_role_policy`, `aws_flow_log`.

    Outputs: none.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        log_group_name: str,
        network: Network,
        account_id: str,
        region: str,
        log_retention_days: int = 30,
        log_key: LogKey | None = None,
        keep_logs: bool = False,
        role_path: str | None = None,
        permissions_boundary_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        group = log_group(
            self, "group", name=log_group_name, retention_days=log_retention_days, key=log_key, keep=keep_logs
        )
        role = aws.iam_role.IamRole(
            self,
            "role",
            name=name,
            path=role_path,
            permissions_boundary=permissions_boundary_arn,
            assume_role_policy=_trust_of_flow_logs(account_id, region),
        )
        role_policy = aws.iam_role_policy.IamRolePolicy(
            self, "policy", name="log", role=role.name, policy=policy(*_write_to(group.arn, account_id, region))
        )
        aws.flow_log.FlowLog(
            self,
            "this",
            vpc_id=network.vpc_id,
            traffic_type="ALL",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags=name_tag(name),
            depends_on=[role_policy],
        )


def _write_to(group_arn: str, account_id: str, region: str) -> tuple[Statement, ...]:
    """Return the statements of the role.

    They omit CreateLogGroup: with it, a late delivery could create a log group again that was destroyed.
    """
    groups = f"arn:aws:logs:{region}:{account_id}:log-group:*"
    actions = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
    return (
        Statement(sid="WriteLogs", actions=actions, resources=(f"{group_arn}:*",)),
        # DescribeLogGroups cannot be limited to one log group.
        Statement(sid="FindLogs", actions=("logs:DescribeLogGroups",), resources=(groups,)),
    )


def _trust_of_flow_logs(account_id: str, region: str) -> str:
    own_flow_logs = {
        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{region}:{account_id}:vpc-flow-log/*"},
        "StringEquals": {"aws:SourceAccount": account_id},
    }
    principal = {"Service": "vpc-flow-logs.amazonaws.com"}
    return policy(
        Statement(sid="FlowLogs", actions=("sts:AssumeRole",), principals=principal, conditions=own_flow_logs)
    )
