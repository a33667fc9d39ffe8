"""An ECS cluster on Fargate: cluster -> its capacity providers."""

from __future__ import annotations

from typing import Any, Final

from colonnade.modules.provider import aws, constructs, name_tag

_CAPACITY_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


class EcsCluster(constructs.Construct):
    """A cluster with Container Insights for tasks on Fargate and Fargate Spot; each service chooses between them.

    Inputs:
        name: The cluster's name, at most 255 characters.
        title: Its `Name` tag. Default: `name`.

    Resources: `aws_ecs_cluster`, `aws_ecs_cluster_capacity_providers`.

    Outputs: `arn`; `capacity_providers`, the resource that a service with a capacity provider depends on.
    """

    def __init__(self, scope: Any, id_: str, *, name: str, title: str | None = None) -> None:
        super().__init__(scope, id_)
        insights = aws.ecs_cluster.EcsClusterSetting(name="containerInsights", value="enabled")
        tags = name_tag(title if title is not None else name)
        cluster = aws.ecs_cluster.EcsCluster(self, "this", name=name, setting=[insights], tags=tags)
        self.arn: Final[str] = cluster.arn
        # A service with a capacity provider must be created after this resource and destroyed before it.
        self.capacity_providers: Final[Any] = aws.ecs_cluster_capacity_providers.EcsClusterCapacityProviders(
            self, "capacity_providers", cluster_name=cluster.name, capacity_providers=list(_CAPACITY_PROVIDERS)
        )
