"""A service on Fargate: log group -> roles -> task definition -> discovery service -> ECS service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from colonnade.model.service.container_definition import Container, container_definitions, volumes
from colonnade.model.service.permissions import Allow
from colonnade.modules.ecs_cluster import AnyCluster
from colonnade.modules.existing_load_balancer import AnyLoadBalancer
from colonnade.modules.existing_network import AnyNetwork
from colonnade.modules.listener_rule import ListenerRule
from colonnade.modules.log_group import log_group
from colonnade.modules.log_key import LogKey
from colonnade.modules.provider import aws, cdktf, constructs, service_tag
from colonnade.modules.service_discovery import ServiceDiscovery
from colonnade.modules.target_group import TargetGroup
from colonnade.modules.task_roles import TaskRoles
from colonnade.modules.task_security_group import TaskSecurityGroup


class FargateService(constructs.Construct):
    """A service whose tasks run one image, with or without a target group.

    An apply fails if the new tasks of an update fail. An update ends when the new tasks pass their health checks. If
    they do not, ECS rolls back to the previous task definition. The service is then steady again, but a postcondition
    makes the apply fail. With provider 5, the apply of a first deployment ends as soon as its tasks run, healthy or
    not; `colonnade apply` and `colonnade wait` wait for their health. Provider 6.4 and later wait for it themselves.

    Inputs, what it runs:
        name: The name of the ECS service and of its task definitions, at most 255 characters.
        containers: The containers of a task. The first is the service's own: it receives the requests, and its name is
            the service's name in the namespace. Without a port it is a worker, which has no name there.
        cpu_units, memory_mib: A pair that Fargate allows; 1024 units are one virtual CPU. Default: 256 and 512.
        architecture: 'X86_64' or 'ARM64'. Default: 'X86_64'.
        desired_count: The number of tasks. Default: 1.
        capacity_provider: 'FARGATE' or 'FARGATE_SPOT'. Default: 'FARGATE'. A change starts new tasks, and so does every
            update after it.
        capacity: The weight of each capacity provider, in place of `capacity_provider`. Then AWS changes the providers
            of the existing service, and every update starts new tasks. Default: none.
        capacity_base: The number of tasks that run on FARGATE before the weights apply. Default: 0.
        ephemeral_storage_gib: The ephemeral storage of a task, 21 to 200 GiB. Default: the 20 GiB of Fargate.
    Inputs, what it builds on:
        network, cluster, security_group: The constructs that its tasks run in.
        target_group: The target group in which its tasks are registered. Default: none, no load balancer forwards to
            them; they are healthy by the health checks of their containers, or while they run.
        depends_on: The listener rules that forward to its target group, or the load balancer if its default action
            does. ECS refuses a service whose target group has no load balancer. Default: none.
        namespace: The namespace that resolves `{container's name}.{namespace}` to its tasks. Default: none.
        dns_ttl_seconds: The time for which clients may cache an address from the namespace. Default: 10.
    Inputs, its roles and logs:
        account_id, region: The account and the region of the service.
        repository_arns: The ECR repositories of the images. Default: none, all images are public.
        secret_arns, secret_key_arns: The secrets and parameters that the containers receive, and the KMS keys that
            decrypt them. Default: none.
        permissions: What the containers may do in AWS. Default: nothing.
        role_path, permissions_boundary_arn: The path of both roles, and the policy that limits them. Another path
            replaces the roles. Default: '/' and none.
        execution_role_name, task_role_name: At most 64 characters. Default: `{name}-execution` and `{name}-task`.
        log_group_name: The name of the log group that is created for it. Default: `/{name}`.
        log_retention_days: One of the values that CloudWatch allows. Default: 30.
        log_key: The key that encrypts the log group. Default: a key that AWS owns.
        keep_logs: True if the log group outlives the service. Default: False.
    Inputs, its deployments:
        health_check_grace_seconds: The time after a task starts in which failed health checks are ignored. It has no
            effect without a target group. Default: 60.
        steady_state_timeout_minutes: The time for which an apply waits for its tasks. Default: 15.

    Resources: `aws_ecs_service`, `aws_ecs_task_definition`, two `aws_iam_role`, `aws_iam_role_policy`,
    `aws_cloudwatch_log_group`; with a namespace and a container port `aws_service_discovery_service`.

    Outputs: `task_definition_arn`, `task_role_arn`, `execution_role_arn`; `this`, the ECS service as a CDKTF resource.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        containers: Sequence[Container],
        network: AnyNetwork,
        cluster: AnyCluster,
        security_group: TaskSecurityGroup,
        account_id: str,
        region: str,
        target_group: TargetGroup | None = None,
        depends_on: Sequence[ListenerRule | AnyLoadBalancer] = (),
        namespace: ServiceDiscovery | None = None,
        dns_ttl_seconds: int = 10,
        cpu_units: int = 256,
        memory_mib: int = 512,
        architecture: Literal["X86_64", "ARM64"] = "X86_64",
        desired_count: int = 1,
        capacity_provider: Literal["FARGATE", "FARGATE_SPOT"] = "FARGATE",
        capacity: Mapping[str, int] | None = None,
        capacity_base: int = 0,
        ephemeral_storage_gib: int | None = None,
        repository_arns: Sequence[str] = (),
        secret_arns: Sequence[str] = (),
        secret_key_arns: Sequence[str] = (),
        permissions: Sequence[Allow] = (),
        role_path: str | None = None,
        permissions_boundary_arn: str | None = None,
        execution_role_name: str | None = None,
        task_role_name: str | None = None,
        log_group_name: str | None = None,
        log_retention_days: int = 30,
        log_key: LogKey | None = None,
        keep_logs: bool = False,
        health_check_grace_seconds: int | None = 60,
        steady_state_timeout_minutes: int = 15,
    ) -> None:
        super().__init__(scope, id_)
        self._name, self._own = name, containers[0]
        group_name = log_group_name if log_group_name is not None else f"/{name}"
        roles = TaskRoles(
            self,
            "roles",
            execution_role_name=execution_role_name if execution_role_name is not None else f"{name}-execution",
            task_role_name=task_role_name if task_role_name is not None else f"{name}-task",
            account_id=account_id,
            region=region,
            log_group_arn=self._log_group_arn(group_name, log_retention_days, log_key, keep_logs),
            repository_arns=repository_arns,
            secret_arns=secret_arns,
            secret_key_arns=secret_key_arns,
            permissions=permissions,
            role_path=role_path,
            permissions_boundary_arn=permissions_boundary_arn,
            service_name=self._own.name,
        )
        self.task_role_arn: Final[str] = roles.task_role_arn
        self.execution_role_arn: Final[str] = roles.execution_role_arn
        self.task_definition_arn: Final[str] = self._make_task_definition(
            roles,
            container_definitions(containers, log_group_name=group_name, region=region),
            volume=[_empty_volume(each) for each in volumes(containers)] or None,
            ephemeral_storage=_ephemeral_storage(ephemeral_storage_gib),
            cpu=str(cpu_units),
            memory=str(memory_mib),
            runtime_platform=_platform(architecture),
        )
        self.this: Final[Any] = self._make_service(
            cluster=cluster.arn,
            desired_count=desired_count,
            **_placement(capacity, capacity_provider, capacity_base),
            network_configuration=_private_network(network, security_group),
            load_balancer=_registration(target_group, self._own),
            service_registries=self._registry(namespace, dns_ttl_seconds),
            health_check_grace_period_seconds=health_check_grace_seconds if target_group is not None else None,
            timeouts=_timeouts(steady_state_timeout_minutes),
            depends_on=_needed_by_tasks(depends_on, roles, cluster, security_group, network),
        )

    def _log_group_arn(self, name: str, retention_days: int, key: LogKey | None, keep: bool) -> str:
        tags = service_tag(self._own.name)
        logs = log_group(self, "logs", name=name, retention_days=retention_days, key=key, keep=keep, tags=tags)
        arn: str = logs.arn
        return arn

    def _make_task_definition(self, roles: TaskRoles, container_definitions: str, **size: Any) -> str:
        definition = aws.ecs_task_definition.EcsTaskDefinition(
            self,
            "task_definition",
            family=self._name,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            execution_role_arn=roles.execution_role_arn,
            task_role_arn=roles.task_role_arn,
            container_definitions=container_definitions,
            # Without this, Terraform would deregister the previous revision, and ECS could not roll back to it.
            skip_destroy=True,
            tags=service_tag(self._own.name),
            **size,
        )
        arn: str = definition.arn
        return arn

    def _registry(self, namespace: ServiceDiscovery | None, ttl_seconds: int) -> Any:
        if namespace is None or self._own.container_port is None:
            return None
        arn = namespace.discovery_service(self._own.name, ttl_seconds=ttl_seconds)
        # With network mode awsvpc and A records, container name and port are not required.
        return aws.ecs_service.EcsServiceServiceRegistries(registry_arn=arn)

    def _make_service(self, **settings: Any) -> Any:
        ecs = aws.ecs_service
        return ecs.EcsService(
            self,
            "this",
            name=self._name,
            task_definition=self.task_definition_arn,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            availability_zone_rebalancing="ENABLED",
            deployment_circuit_breaker=ecs.EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            wait_for_steady_state=True,
            propagate_tags="SERVICE",
            # ECS tags each task with the names of its cluster and service, so that a bill can list the costs by
            # service.
            enable_ecs_managed_tags=True,
            tags=service_tag(self._own.name),
            lifecycle=cdktf.TerraformResourceLifecycle(
                postcondition=[self._did_not_roll_back()],
                # A service that was forced to start new tasks remains so. Then its strategy can change in place again.
                ignore_changes=["force_new_deployment"] if settings["force_new_deployment"] is None else None,
            ),
            **settings,
        )

    def _did_not_roll_back(self) -> Any:
        """Return a postcondition that fails if the steady service does not run the applied task definition."""
        running = cdktf.TerraformSelf.get_string("task_definition")
        return cdktf.Postcondition(
            condition=cdktf.Op.eq(running, self.task_definition_arn),
            error_message=(
                f"service '{self._own.name}' rolled back: its new tasks did not become healthy, and ECS runs the "
                "former task definition again. The service's events and the new tasks' logs say why."
            ),
        )


def _platform(architecture: str) -> Any:
    return aws.ecs_task_definition.EcsTaskDefinitionRuntimePlatform(
        cpu_architecture=architecture, operating_system_family="LINUX"
    )


def _placement(capacity: Mapping[str, int] | None, provider: str, base: int) -> dict[str, Any]:
    """Return the arguments for the capacity providers. ECS allows a base for only one of them."""
    weights: Mapping[str, int] = capacity if capacity else {provider: 1}
    strategy = [
        aws.ecs_service.EcsServiceCapacityProviderStrategy(
            capacity_provider=each, weight=weight, base=base if base and each == "FARGATE" else None
        )
        for each, weight in weights.items()
    ]
    # Without `force_new_deployment`, the provider replaces a service whose strategy changes:
    # https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/ecs_service
    forced = bool(capacity) or provider == "FARGATE_SPOT"
    return {"capacity_provider_strategy": strategy, "force_new_deployment": True if forced else None}


def _private_network(network: AnyNetwork, security_group: TaskSecurityGroup) -> Any:
    return aws.ecs_service.EcsServiceNetworkConfiguration(
        subnets=network.private_subnet_ids, security_groups=[security_group.group_id], assign_public_ip=False
    )


def _needed_by_tasks(
    forwarding: Sequence[ListenerRule | AnyLoadBalancer],
    roles: TaskRoles,
    cluster: AnyCluster,
    security_group: TaskSecurityGroup,
    network: AnyNetwork,
) -> list[Any]:
    """Return the resources that a running task needs and to which the service does not refer."""
    return [
        *map(_forwarding, forwarding),
        *roles.policies,
        *([cluster.capacity_providers] if cluster.capacity_providers is not None else []),
        *security_group.rules,
        *network.task_access,
    ]


def _registration(target_group: TargetGroup | None, own: Container) -> Any:
    if target_group is None:
        return None
    arn, port = target_group.arn, own.container_port
    return [aws.ecs_service.EcsServiceLoadBalancer(target_group_arn=arn, container_name=own.name, container_port=port)]


def _empty_volume(name: str) -> Any:
    return aws.ecs_task_definition.EcsTaskDefinitionVolume(name=name)


def _ephemeral_storage(gib: int | None) -> Any:
    return None if gib is None else aws.ecs_task_definition.EcsTaskDefinitionEphemeralStorage(size_in_gib=gib)


def _timeouts(minutes: int) -> Any:
    limit = f"{minutes}m"
    return aws.ecs_service.EcsServiceTimeouts(create=limit, update=limit, delete=limit)


def _forwarding(construct: ListenerRule | AnyLoadBalancer) -> Any:
    return construct.this if isinstance(construct, ListenerRule) else construct.listener
