"""An ECS cluster on Fargate: cluster -> its capacity providers."""

from __future__ import annotations

from typing import Any

from colonnade.modules.provider import aws, constructs
from colonnade.modules.tags import name_tag

_CAPACITY_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


class EcsCluster(constructs.Construct):
    """A cluster with container insights for tasks on Fargate and Fargate Spot; each service chooses between them."""

    def __init__(self, scope: Any, id_: str, *, name: str, title: str) -> None:
        super().__init__(scope, id_)
        insights = aws.ecs_cluster.EcsClusterSetting(name="containerInsights", value="enabled")
        cluster = aws.ecs_cluster.EcsCluster(self, "this", name=name, setting=[insights], tags=name_tag(title))
        self.arn: str = cluster.arn
        self.capacity_providers: Any = aws.ecs_cluster_capacity_providers.EcsClusterCapacityProviders(
            self, "capacity_providers", cluster_name=cluster.name, capacity_providers=list(_CAPACITY_PROVIDERS)
        )
        """A service that names a provider must be created after this and destroyed before it."""
