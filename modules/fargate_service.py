"""One service: log group -> roles -> task definition; target group -> its ways in; discovery service -> ECS service.

Imported by stacks alone; it is where the network, the cluster, the load balancer and the namespace come together.
"""

from __future__ import annotations

from typing import Any

from modules.ecs_cluster import EcsCluster
from modules.listener_rule import ListenerRule
from modules.load_balancer import LoadBalancer
from modules.network import Network
from modules.provider import aws, cdktf, constructs
from modules.service_discovery import ServiceDiscovery
from modules.spec import aws_limits, naming
from modules.spec.checked_deployment import CheckedDeployment
from modules.spec.service_spec import ServiceSpec
from modules.target_group import TargetGroup
from modules.task_roles import TaskRoles
from modules.task_security_group import TaskSecurityGroup


class FargateService(constructs.Construct):
    """Tasks of one image on Fargate behind one target group, deployed so that an apply tells the truth.

    An apply ends when the new tasks pass their health checks. If they never do, ECS goes back to the former task
    definition, and the postcondition makes the apply fail although the service is steady again.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        service: ServiceSpec,
        deployment: CheckedDeployment,
        network: Network,
        cluster: EcsCluster,
        load_balancer: LoadBalancer,
        namespace: ServiceDiscovery | None,
        security_group: TaskSecurityGroup,
    ) -> None:
        super().__init__(scope, id_)
        self._service = service
        self._deployment = deployment
        self._environment = deployment.environment
        roles = TaskRoles(self, "roles", deployment=deployment, service=service, log_group_arn=self._log_group_arn())
        task_definition = self._task_definition(roles)
        target_group = TargetGroup(self, "target_group", service=service, deployment=deployment, network=network)
        ways_in = self._ways_in(load_balancer, target_group)
        self._ecs_service(
            task_definition,
            cluster=cluster,
            network_configuration=self._network_configuration(network, security_group),
            load_balancer=self._registration(target_group),
            service_registries=self._registry(namespace) if namespace is not None else None,
            # What a running task needs, and no reference implies.
            depends_on=[
                *ways_in,
                roles.execution_policy,
                cluster.capacity_providers,
                *security_group.rules,
                *network.internet_access,
            ],
        )

    def _log_group_arn(self) -> str:
        name = naming.log_group_name(self._environment.name, self._deployment.spec.name, self._service.name)
        group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self, "logs", name=name, retention_in_days=self._environment.tasks.log_retention_days
        )
        arn: str = group.arn
        return arn

    def _task_definition(self, roles: TaskRoles) -> Any:
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
            execution_role_arn=roles.execution_role_arn,
            task_role_arn=roles.task_role_arn,
            container_definitions=self._deployment.container_definitions(self._service),
            # Terraform would deregister a revision before the service leaves it: a rollback would have none to land on.
            skip_destroy=True,
        )

    def _ways_in(self, load_balancer: LoadBalancer, target_group: TargetGroup) -> list[Any]:
        """What forwards to the target group: ECS refuses a service whose group has no load balancer."""
        ways: list[Any] = []
        if self._service.path_prefix is not None:
            rule = ListenerRule(
                self,
                "listener_rule",
                load_balancer=load_balancer,
                priority=self._deployment.priority(self._service),
                path_patterns=self._service.path_patterns,
                target_group=target_group,
            )
            ways.append(rule.this)
        if self._deployment.is_default(self._service):
            load_balancer.forward_by_default(target_group)
            ways.append(load_balancer.listener)
        return ways

    def _network_configuration(self, network: Network, security_group: TaskSecurityGroup) -> Any:
        return aws.ecs_service.EcsServiceNetworkConfiguration(
            subnets=network.private_subnet_ids, security_groups=[security_group.group_id], assign_public_ip=False
        )

    def _registration(self, target_group: TargetGroup) -> Any:
        return aws.ecs_service.EcsServiceLoadBalancer(
            target_group_arn=target_group.arn,
            container_name=self._service.name,
            container_port=self._service.container_port,
        )

    def _registry(self, namespace: ServiceDiscovery) -> Any:
        arn = namespace.discovery_service(self._service.name, ttl_seconds=self._environment.timing.dns_ttl_seconds)
        # With awsvpc and A records it needs neither container nor port.
        return aws.ecs_service.EcsServiceServiceRegistries(registry_arn=arn)

    def _ecs_service(
        self,
        task_definition: Any,
        *,
        cluster: EcsCluster,
        network_configuration: Any,
        load_balancer: Any,
        service_registries: Any,
        depends_on: list[Any],
    ) -> None:
        ecs = aws.ecs_service
        tasks = self._environment.tasks
        limit = f"{self._environment.timing.steady_state_timeout_minutes}m"
        ecs.EcsService(
            self,
            "this",
            name=self._physical_name,
            cluster=cluster.arn,
            task_definition=task_definition.arn,
            desired_count=self._deployment.desired_count(self._service),
            capacity_provider_strategy=[
                ecs.EcsServiceCapacityProviderStrategy(capacity_provider=tasks.capacity_provider, weight=1)
            ],
            network_configuration=network_configuration,
            load_balancer=[load_balancer],
            service_registries=service_registries,
            health_check_grace_period_seconds=self._environment.timing.health_check_grace_seconds,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            availability_zone_rebalancing="ENABLED",
            deployment_circuit_breaker=ecs.EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            wait_for_steady_state=True,
            propagate_tags="SERVICE",
            timeouts=ecs.EcsServiceTimeouts(create=limit, update=limit, delete=limit),
            depends_on=depends_on,
            lifecycle=cdktf.TerraformResourceLifecycle(postcondition=[self._did_not_roll_back(task_definition)]),
        )

    def _did_not_roll_back(self, task_definition: Any) -> Any:
        """A rollback ends in a steady service too; what gives it away is the task definition that the service runs."""
        running = cdktf.TerraformSelf.get_string("task_definition")
        return cdktf.Postcondition(
            condition=cdktf.Op.eq(running, task_definition.arn),
            error_message=(
                f"service '{self._service.name}' rolled back: its new tasks did not become healthy, and ECS runs the "
                "former task definition again. The service's events and the new tasks' logs say why."
            ),
        )

    @property
    def _physical_name(self) -> str:
        return naming.physical_name(
            self._environment.name,
            self._deployment.spec.name,
            self._service.name,
            max_length=aws_limits.ECS_NAME_LENGTH,
        )
