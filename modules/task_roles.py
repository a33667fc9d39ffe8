"""The two IAM roles of a service's tasks: execution role -> its policy; task role -> the declared permissions.

ECS uses the execution role to start the containers; the containers use the task role.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from colonnade.model.service.permissions import Allow
from colonnade.modules.iam_policy import Statement, policy
from colonnade.modules.provider import aws, constructs, service_tag


class TaskRoles(constructs.Construct):
    """The two roles of one service.

    The execution role pulls from the named repositories, reads the named secrets and writes to one log group.

    Inputs:
        execution_role_name, task_role_name: At most 64 characters each.
        service_name: The service, for the roles' tag `Service`.
        account_id, region: The account and the region whose ECS may assume the roles.
        log_group_arn: The log group that tasks write to.
        repository_arns: The ECR repositories that images are pulled from. Default: none, all images are public.
        secret_arns: The secrets of Secrets Manager and the SSM parameters that containers receive. Default: none.
        secret_key_arns: The KMS keys that decrypt them, apart from keys that AWS manages. Default: none.
        role_path: The path of both roles. Another one replaces them. Default: '/'.
        permissions_boundary_arn: The policy that limits both roles. Default: none.
        permissions: The statements of the task role's policy. Default: none, the task role may do nothing.

    Resources: two `aws_iam_role`, `aws_iam_role_policy`; with permissions another `aws_iam_role_policy`.

    Outputs: `execution_role_arn`, `task_role_arn`; `policies`, the resources that a service depends on.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        execution_role_name: str,
        task_role_name: str,
        service_name: str,
        account_id: str,
        region: str,
        log_group_arn: str,
        repository_arns: Sequence[str] = (),
        secret_arns: Sequence[str] = (),
        secret_key_arns: Sequence[str] = (),
        permissions: Sequence[Allow] = (),
        role_path: str | None = None,
        permissions_boundary_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._of_both: dict[str, Any] = {
            "path": role_path,
            "permissions_boundary": permissions_boundary_arn,
            "tags": service_tag(service_name),
        }
        trust = _trust_of_ecs_tasks(account_id, region)
        execution_role = self._role("execution", execution_role_name, trust)
        self.execution_role_arn: Final[str] = execution_role.arn
        execution_policy = aws.iam_role_policy.IamRolePolicy(
            self,
            "execution_policy",
            name="pull-and-log" if repository_arns else "log",
            role=execution_role.name,
            policy=policy(
                *_pull(repository_arns),
                *_read_secrets(secret_arns),
                *_decrypt(secret_key_arns),
                _write_logs(log_group_arn),
            ),
        )
        task_role = self._role("task", task_role_name, trust)
        self.task_role_arn: Final[str] = task_role.arn
        # The first task needs these policies, and no attribute of a service refers to them.
        self.policies: Final[tuple[Any, ...]] = (execution_policy, *self._permit(task_role, permissions))

    def _permit(self, task_role: Any, permissions: Sequence[Allow]) -> Iterator[Any]:
        if permissions:
            statements = (
                Statement(sid=f"Declared{number}", actions=allow.actions, resources=allow.resources)
                for number, allow in enumerate(permissions, start=1)
            )
            yield aws.iam_role_policy.IamRolePolicy(
                self, "task_policy", name="permissions", role=task_role.name, policy=policy(*statements)
            )

    def _role(self, id_: str, name: str, trust: str) -> Any:
        return aws.iam_role.IamRole(self, id_, name=name, assume_role_policy=trust, **self._of_both)


def _trust_of_ecs_tasks(account_id: str, region: str) -> str:
    # The conditions keep another account's ECS from using the role:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#create_task_iam_policy_and_role
    own_ecs = {
        "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{region}:{account_id}:*"},
        "StringEquals": {"aws:SourceAccount": account_id},
    }
    principal = {"Service": "ecs-tasks.amazonaws.com"}
    return policy(Statement(sid="EcsTasks", actions=("sts:AssumeRole",), principals=principal, conditions=own_ecs))


def _pull(repository_arns: Sequence[str]) -> tuple[Statement, ...]:
    if not repository_arns:
        return ()
    return (
        # GetAuthorizationToken cannot be limited to a repository:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        Statement(sid="LogIn", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        Statement(
            sid="PullImage",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=tuple(repository_arns),
        ),
    )


def _read_secrets(arns: Sequence[str]) -> Iterator[Statement]:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html#task-execution-secrets
    secrets = tuple(arn for arn in arns if arn.split(":")[2] == "secretsmanager")
    parameters = tuple(arn for arn in arns if arn not in secrets)
    if secrets:
        yield Statement(sid="ReadSecrets", actions=("secretsmanager:GetSecretValue",), resources=secrets)
    if parameters:
        yield Statement(sid="ReadParameters", actions=("ssm:GetParameters",), resources=parameters)


def _decrypt(key_arns: Sequence[str]) -> Iterator[Statement]:
    if key_arns:
        yield Statement(sid="DecryptSecrets", actions=("kms:Decrypt",), resources=tuple(key_arns))


def _write_logs(log_group_arn: str) -> Statement:
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    return Statement(sid="WriteLogs", actions=actions, resources=(f"{log_group_arn}:*",))
