"""The two IAM roles of a service's tasks: execution role -> its policy; task role -> nothing.

ECS uses the execution role to start the container; the container uses the task role. A service that calls AWS APIs
needs a policy on its task role.
"""

from __future__ import annotations

from typing import Any, Final

from colonnade.modules.iam_policy import Statement, policy
from colonnade.modules.provider import aws, constructs


class TaskRoles(constructs.Construct):
    """The two roles of one service; the execution role pulls from one repository and writes to one log group.

    Inputs:
        execution_role_name, task_role_name: At most 64 characters each.
        account_id, region: The account and the region whose ECS may assume the roles.
        log_group_arn: The log group that tasks write to.
        repository_arn: The ECR repository that images are pulled from. Default: none, the image is public.

    Resources: two `aws_iam_role`, `aws_iam_role_policy`.

    Outputs: `execution_role_arn`, `task_role_arn`; `execution_policy`, the resource that a service depends on.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        execution_role_name: str,
        task_role_name: str,
        account_id: str,
        region: str,
        log_group_arn: str,
        repository_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        trust = _trust_of_ecs_tasks(account_id, region)
        execution_role = self._role("execution", execution_role_name, trust)
        self.execution_role_arn: Final[str] = execution_role.arn
        # The first task needs this policy to start, and no attribute of a service refers to it.
        self.execution_policy: Final[Any] = aws.iam_role_policy.IamRolePolicy(
            self,
            "execution_policy",
            name="log" if repository_arn is None else "pull-and-log",
            role=execution_role.name,
            policy=policy(*_pull(repository_arn), _write_logs(log_group_arn)),
        )
        self.task_role_arn: Final[str] = self._role("task", task_role_name, trust).arn

    def _role(self, id_: str, name: str, trust: str) -> Any:
        return aws.iam_role.IamRole(self, id_, name=name, assume_role_policy=trust)


def _trust_of_ecs_tasks(account_id: str, region: str) -> str:
    # The conditions keep another account's ECS from using the role:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#create_task_iam_policy_and_role
    own_ecs = {
        "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{region}:{account_id}:*"},
        "StringEquals": {"aws:SourceAccount": account_id},
    }
    principal = {"Service": "ecs-tasks.amazonaws.com"}
    return policy(Statement(sid="EcsTasks", actions=("sts:AssumeRole",), principals=principal, conditions=own_ecs))


def _pull(repository_arn: str | None) -> tuple[Statement, ...]:
    if repository_arn is None:
        return ()
    return (
        # GetAuthorizationToken cannot be limited to a repository:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        Statement(sid="LogIn", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        Statement(
            sid="PullImage",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=(repository_arn,),
        ),
    )


def _write_logs(log_group_arn: str) -> Statement:
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    return Statement(sid="WriteLogs", actions=actions, resources=(f"{log_group_arn}:*",))
