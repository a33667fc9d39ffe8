"""What a service's tasks may do: execution role (for ECS, before the container runs) and task role (for the container).

Execution role -> its policy; task role -> nothing, a service that needs an AWS API adds a policy to it.
"""

from __future__ import annotations

from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.model.checked_deployment import CheckedDeployment
from colonnade.model.environment.settings import Environment
from colonnade.model.service.declaration import Service
from colonnade.modules.iam_policy import Statement, policy
from colonnade.modules.provider import aws, constructs


class TaskRoles(constructs.Construct):
    """The two roles of one service; the execution role pulls from one repository and writes to one log group.

    A public image needs no permission to be pulled.
    """

    def __init__(
        self, scope: Any, id_: str, *, deployment: CheckedDeployment, service: Service, log_group_arn: str
    ) -> None:
        super().__init__(scope, id_)
        self._deployment = deployment
        self._service = service
        execution_role = self._role("execution")
        self.execution_role_arn: str = execution_role.arn
        self.execution_policy: Any = aws.iam_role_policy.IamRolePolicy(
            self,
            "execution_policy",
            name="pull-and-log" if service.public_image is None else "log",
            role=execution_role.name,
            policy=policy(*_pull(service, deployment.environment), _write_logs(log_group_arn)),
        )
        """Without it the first task cannot start; no reference leads from a service to it."""
        self.task_role_arn: str = self._role("task").arn

    def _role(self, role: str) -> Any:
        environment = self._deployment.environment
        name = naming.physical_name(
            environment.project,
            environment.name,
            self._deployment.spec.name,
            f"{self._service.name}-{role}",
            max_length=aws_limits.ROLE_NAME_LENGTH,
        )
        return aws.iam_role.IamRole(self, role, name=name, assume_role_policy=_trust_of_ecs_tasks(environment))


def _trust_of_ecs_tasks(environment: Environment) -> str:
    # The conditions keep another account's ECS from using the role:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#create_task_iam_policy_and_role
    own_ecs = {
        "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{environment.region}:{environment.account_id}:*"},
        "StringEquals": {"aws:SourceAccount": environment.account_id},
    }
    principal = {"Service": "ecs-tasks.amazonaws.com"}
    return policy(Statement(sid="EcsTasks", actions=("sts:AssumeRole",), principals=principal, conditions=own_ecs))


def _pull(service: Service, environment: Environment) -> tuple[Statement, ...]:
    if service.public_image is not None:
        return ()
    repository = naming.repository_arn(
        account_id=environment.account_id,
        region=environment.region,
        repository=naming.repository_name(environment.project, environment.name, service.image),
    )
    return (
        # Logging in to the registry cannot be limited to a repository:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        Statement(sid="LogIn", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        Statement(
            sid="PullImage",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=(repository,),
        ),
    )


def _write_logs(log_group_arn: str) -> Statement:
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    return Statement(sid="WriteLogs", actions=actions, resources=(f"{log_group_arn}:*",))
