"""An ECS cluster on Fargate: log group of Container Insights -> cluster -> its capacity providers.

Or an existing cluster, looked up.
"""

from __future__ import annotations

from typing import Any, Final

from colonnade.model import naming
from colonnade.modules.log_group import log_group
from colonnade.modules.log_key import LogKey
from colonnade.modules.provider import aws, cdktf, constructs, name_tag

_CAPACITY_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


class EcsCluster(constructs.Construct):
    """A cluster for tasks on Fargate and Fargate Spot; each service chooses between them.

    Inputs:
        name: The cluster's name, at most 255 characters.
        title: Its `Name` tag. Default: `name`.
        container_insights: True if CloudWatch collects metrics of its tasks, which are charged as custom metrics, in
            the log group `/aws/ecs/containerinsights/{name}/performance`. Default: True.
        log_retention_days: One of the values that CloudWatch allows. Default: 30.
        log_key: The key that encrypts that log group. Default: a key that AWS owns.
        keep_logs: True if that log group outlives the cluster. Default: False.

    Resources: `aws_ecs_cluster`, `aws_ecs_cluster_capacity_providers`; with Container Insights
    `aws_cloudwatch_log_group`.

    Outputs: `arn`; `capacity_providers`, the resource that a service with a capacity provider depends on.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        title: str | None = None,
        container_insights: bool = True,
        log_retention_days: int = 30,
        log_key: LogKey | None = None,
        keep_logs: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        # If the log group did not exist, ECS would create one without retention and key, and a destroy would not delete
        # it.
        logs = (
            log_group(
                self,
                "insights",
                name=naming.insights_log_group_name(name),
                retention_days=log_retention_days,
                key=log_key,
                keep=keep_logs,
            )
            if container_insights
            else None
        )
        insights = aws.ecs_cluster.EcsClusterSetting(
            name="containerInsights", value="enabled" if container_insights else "disabled"
        )
        cluster = aws.ecs_cluster.EcsCluster(
            self,
            "this",
            name=name,
            setting=[insights],
            tags=name_tag(title if title is not None else name),
            depends_on=[logs] if logs is not None else None,
        )
        self.arn: Final[str] = cluster.arn
        # A service with a capacity provider must be created after this resource and destroyed before it.
        self.capacity_providers: Final[Any] = aws.ecs_cluster_capacity_providers.EcsClusterCapacityProviders(
            self, "capacity_providers", cluster_name=cluster.name, capacity_providers=list(_CAPACITY_PROVIDERS)
        )


class ExistingCluster(constructs.Construct):
    """An existing cluster. It must be active and have the capacity providers that the services use.

    If the cluster lacks a service's capacity provider, ECS refuses to create the service:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html

    Inputs:
        name: The cluster's name.

    Resources: none; data `aws_ecs_cluster`.

    Outputs: those of `EcsCluster`; `capacity_providers` is None.
    """

    def __init__(self, scope: Any, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        is_active = cdktf.Postcondition(
            condition='${self.status == "ACTIVE"}', error_message=f"ECS cluster {name} is not active."
        )
        lifecycle = cdktf.TerraformResourceLifecycle(postcondition=[is_active])
        found = aws.data_aws_ecs_cluster.DataAwsEcsCluster(self, "this", cluster_name=name, lifecycle=lifecycle)
        self.arn: Final[str] = found.arn
        self.capacity_providers: Final = None


AnyCluster = EcsCluster | ExistingCluster
"""The clusters that a service can run in."""
