"""Who talked to whom in a network: log group -> role that writes to it -> the VPC's flow log.

https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
"""

from __future__ import annotations

from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.model.environment.settings import Environment
from colonnade.modules.iam_policy import Statement, policy
from colonnade.modules.log_key import LogKey
from colonnade.modules.network import Network
from colonnade.modules.provider import aws, constructs
from colonnade.modules.tags import name_tag


class FlowLogs(constructs.Construct):
    """A record of every flow of a VPC, accepted and rejected, in CloudWatch Logs, where Logs Insights queries it."""

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        deployment: str,
        environment: Environment,
        network: Network,
        key: LogKey | None,
    ) -> None:
        super().__init__(scope, id_)
        group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "group",
            name=naming.flow_log_group_name(environment.project, environment.name, deployment),
            retention_in_days=environment.tasks.log_retention_days,
            kms_key_id=key.arn if key is not None else None,
        )
        name = naming.physical_name(
            environment.project, environment.name, deployment, "flow-logs", max_length=aws_limits.ROLE_NAME_LENGTH
        )
        role = aws.iam_role.IamRole(self, "role", name=name, assume_role_policy=_trust_of_flow_logs(environment))
        role_policy = aws.iam_role_policy.IamRolePolicy(
            self, "policy", name="log", role=role.name, policy=policy(*_write_to(group.arn, environment))
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


def _write_to(group_arn: str, environment: Environment) -> tuple[Statement, ...]:
    """Not CreateLogGroup: the group is there, and a late delivery would bring it back after it was destroyed."""
    groups = f"arn:aws:logs:{environment.region}:{environment.account_id}:log-group:*"
    actions = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
    return (
        Statement(sid="WriteLogs", actions=actions, resources=(f"{group_arn}:*",)),
        # Listing is of all groups or none.
        Statement(sid="FindLogs", actions=("logs:DescribeLogGroups",), resources=(groups,)),
    )


def _trust_of_flow_logs(environment: Environment) -> str:
    own_flow_logs = {
        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{environment.region}:{environment.account_id}:vpc-flow-log/*"},
        "StringEquals": {"aws:SourceAccount": environment.account_id},
    }
    principal = {"Service": "vpc-flow-logs.amazonaws.com"}
    return policy(
        Statement(sid="FlowLogs", actions=("sts:AssumeRole",), principals=principal, conditions=own_flow_logs)
    )
