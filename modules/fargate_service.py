"""One service: log group -> roles -> task definition; target group -> listener rule; discovery service -> ECS
service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.model.checked_deployment import CheckedDeployment
from colonnade.model.service.declaration import Service
from colonnade.modules.ecs_cluster import EcsCluster
from colonnade.modules.listener_rule import ListenerRule
from colonnade.modules.load_balancer import LoadBalancer
from colonnade.modules.log_key import LogKey
from colonnade.modules.network import Network
from colonnade.modules.provider import aws, cdktf, constructs
from colonnade.modules.service_discovery import ServiceDiscovery
from colonnade.modules.target_group import TargetGroup
from colonnade.modules.task_roles import TaskRoles
from colonnade.modules.task_security_group import TaskSecurityGroup


class FargateService(constructs.Construct):
    """Tasks of one image on Fargate behind one target group, deployed so that an apply tells the truth.

    An apply ends when the new tasks pass their health checks. If they never do, ECS goes back to the former task
    definition, and the postcondition makes the apply fail although the service is steady again.

    A rule may forward to the target groups of two services, and ECS takes no service before its group has a way in. So
    a stack makes all services, then has all of them `take_requests`, and then `start`.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        service: Service,
        deployment: CheckedDeployment,
        network: Network,
        cluster: EcsCluster,
        namespace: ServiceDiscovery | None,
        security_group: TaskSecurityGroup,
        log_key: LogKey | None,
    ) -> None:
        super().__init__(scope, id_)
        self._service = service
        self._deployment = deployment
        self._environment = deployment.environment
        self._network = network
        self._cluster = cluster
        self._security_group = security_group
        self._rules: list[Any] = []
        self._roles = TaskRoles(
            self, "roles", deployment=deployment, service=service, log_group_arn=self._log_group_arn(log_key)
        )
        self._task_definition = self._make_task_definition()
        self._service_registries = self._registry(namespace)
        self.target_group = TargetGroup(self, "target_group", service=service, deployment=deployment, network=network)

    def take_requests(self, load_balancer: LoadBalancer, target_groups: Mapping[str, TargetGroup]) -> None:
        """Makes the service's listener rule, where it has one; `target_groups` are those of all services, by name."""
        if self._service.path_prefix is not None:
            rule = ListenerRule(
                self,
                "listener_rule",
                load_balancer=load_balancer,
                priority=self._deployment.priority(self._service),
                path_patterns=self._service.path_patterns,
                action=self._deployment.rule_action(self._service),
                target_groups=target_groups,
            )
            self._rules.append(rule.this)

    def start(self) -> None:
        """Makes the ECS service, once all that forwards to its target group is there."""
        # Its own rule even where that forwards elsewhere: a retired monolith stops after its last request was sent.
        ways_in = dict.fromkeys([*self._rules, *self.target_group.ways_in])
        self._ecs_service(
            # What a running task needs, and no reference implies.
            depends_on=[
                *ways_in,
                self._roles.execution_policy,
                self._cluster.capacity_providers,
                *self._security_group.rules,
                *self._network.internet_access,
            ],
        )

    def _log_group_arn(self, key: LogKey | None) -> str:
        name = naming.log_group_name(
            self._environment.project, self._environment.name, self._deployment.spec.name, self._service.name
        )
        group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "logs",
            name=name,
            retention_in_days=self._environment.tasks.log_retention_days,
            kms_key_id=key.arn if key is not None else None,
        )
        arn: str = group.arn
        return arn

    def _make_task_definition(self) -> Any:
        platform = aws.ecs_task_definition.EcsTaskDefinitionRuntimePlatform(
            cpu_architecture=self._service.architecture, operating_system_family="LINUX"
        )
        return aws.ecs_task_definition.EcsTaskDefinition(
            self,
            "task_definition",
            family=self._physical_name,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(self._service.cpu_units),
            memory=str(self._service.memory_mib),
            runtime_platform=platform,
            execution_role_arn=self._roles.execution_role_arn,
            task_role_arn=self._roles.task_role_arn,
            container_definitions=self._deployment.container_definitions(self._service),
            # Terraform would deregister a revision before the service leaves it: a rollback would have none to land on.
            skip_destroy=True,
        )

    def _network_configuration(self) -> Any:
        return aws.ecs_service.EcsServiceNetworkConfiguration(
            subnets=self._network.private_subnet_ids,
            security_groups=[self._security_group.group_id],
            assign_public_ip=False,
        )

    def _registration(self) -> Any:
        return aws.ecs_service.EcsServiceLoadBalancer(
            target_group_arn=self.target_group.arn,
            container_name=self._service.name,
            container_port=self._service.container_port,
        )

    def _registry(self, namespace: ServiceDiscovery | None) -> Any:
        if namespace is None:
            return None
        arn = namespace.discovery_service(self._service.name, ttl_seconds=self._environment.timing.dns_ttl_seconds)
        # With awsvpc and A records it needs neither container nor port.
        return aws.ecs_service.EcsServiceServiceRegistries(registry_arn=arn)

    def _ecs_service(self, *, depends_on: list[Any]) -> None:
        ecs = aws.ecs_service
        tasks = self._environment.tasks
        limit = f"{self._environment.timing.steady_state_timeout_minutes}m"
        self.this: Any = ecs.EcsService(
            self,
            "this",
            name=self._physical_name,
            cluster=self._cluster.arn,
            task_definition=self._task_definition.arn,
            desired_count=self._deployment.desired_count(self._service),
            capacity_provider_strategy=[
                ecs.EcsServiceCapacityProviderStrategy(capacity_provider=tasks.capacity_provider, weight=1)
            ],
            network_configuration=self._network_configuration(),
            load_balancer=[self._registration()],
            service_registries=self._service_registries,
            health_check_grace_period_seconds=self._environment.timing.health_check_grace_seconds,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            availability_zone_rebalancing="ENABLED",
            deployment_circuit_breaker=ecs.EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            wait_for_steady_state=True,
            propagate_tags="SERVICE",
            timeouts=ecs.EcsServiceTimeouts(create=limit, update=limit, delete=limit),
            depends_on=depends_on,
            lifecycle=cdktf.TerraformResourceLifecycle(postcondition=[self._did_not_roll_back()]),
        )

    def _did_not_roll_back(self) -> Any:
        """A rollback ends in a steady service too; what gives it away is the task definition that the service runs."""
        running = cdktf.TerraformSelf.get_string("task_definition")
        return cdktf.Postcondition(
            condition=cdktf.Op.eq(running, self._task_definition.arn),
            error_message=(
                f"service '{self._service.name}' rolled back: its new tasks did not become healthy, and ECS runs the "
                "former task definition again. The service's events and the new tasks' logs say why."
            ),
        )

    @property
    def _physical_name(self) -> str:
        return naming.physical_name(
            self._environment.project,
            self._environment.name,
            self._deployment.spec.name,
            self._service.name,
            max_length=aws_limits.ECS_NAME_LENGTH,
        )
