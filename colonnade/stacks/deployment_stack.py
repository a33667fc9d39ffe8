"""One deployment in one state: network -> cluster -> domain -> load balancer -> namespace -> services and their edges.

Domain and namespace only where the deployment has them, a key for its logs, flow logs and access logs where the
environment asks for them, and last a record of its migration's phases where it declares one.
"""

from __future__ import annotations

from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.model.checked_deployment import CheckedDeployment
from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.migration.phases import RECORD
from colonnade.model.service.declaration import Service
from colonnade.modules.access_log_bucket import AccessLogBucket
from colonnade.modules.domain import Domain
from colonnade.modules.ecs_cluster import EcsCluster
from colonnade.modules.fargate_service import FargateService
from colonnade.modules.flow_logs import FlowLogs
from colonnade.modules.load_balancer import LoadBalancer
from colonnade.modules.log_key import LogKey
from colonnade.modules.network import Network
from colonnade.modules.provider import cdktf
from colonnade.modules.service_discovery import ServiceDiscovery
from colonnade.modules.task_security_group import TaskSecurityGroup
from colonnade.stacks.environment_stack import EnvironmentStack


class DeploymentStack(EnvironmentStack):
    """Every service of a deployment behind one load balancer."""

    def __init__(self, scope: Any, *, deployment: CheckedDeployment) -> None:
        super().__init__(scope, deployment.spec.name, environment=deployment.environment)
        self._deployment = deployment
        self._keep_state_in_bucket()
        self._log_key = self._make_log_key()
        self._network = self._make_network()
        self._log_flows()
        self._cluster = self._make_cluster()
        self._load_balancer = self._make_load_balancer(self._domain())
        self._namespace = self._make_namespace()
        self._security_groups = {service.name: self._security_group(service) for service in deployment.services}
        self._allow_declared_calls()
        self._services = {service.name: self._fargate_service(service) for service in deployment.services}
        self._share_requests()
        for service in self._services.values():
            service.start()
        self._record_migration()
        self._outputs()

    def _make_network(self) -> Network:
        return Network(
            self,
            "network",
            name=self._physical_name("network", max_length=aws_limits.TAG_VALUE_LENGTH),
            plan=self._deployment.network,
            locked_default_security_group=self._deployment.environment.protection.locked_default_security_group,
        )

    def _make_log_key(self) -> LogKey | None:
        environment = self._deployment.environment
        if not environment.protection.log_key:
            return None
        name = self._physical_name("logs", max_length=aws_limits.KMS_ALIAS_LENGTH)
        return LogKey(self, "log_key", name=name, deployment=self._deployment.spec.name, environment=environment)

    def _log_flows(self) -> None:
        environment = self._deployment.environment
        if environment.traffic_logs.flow_logs:
            FlowLogs(
                self,
                "flow_logs",
                deployment=self._deployment.spec.name,
                environment=environment,
                network=self._network,
                key=self._log_key,
            )

    def _access_log_bucket(self) -> AccessLogBucket | None:
        environment = self._deployment.environment
        if environment.traffic_logs.access_log_days == 0:
            return None
        # Bucket names are shared by all accounts of the world.
        role = f"access-logs-{environment.account_id}"
        return AccessLogBucket(
            self,
            "access_logs",
            name=self._physical_name(role, max_length=aws_limits.BUCKET_NAME_LENGTHS[1]),
            account_id=environment.account_id,
            days=environment.traffic_logs.access_log_days,
            keep_when_destroyed=environment.protection.deletion_protection,
        )

    def _make_cluster(self) -> EcsCluster:
        title = naming.title(self._deployment.spec.name)
        name = self._physical_name("cluster", max_length=aws_limits.ECS_NAME_LENGTH)
        return EcsCluster(self, title, name=name, title=title)

    def _domain(self) -> Domain | None:
        name = self._deployment.domain_name
        if name is None:
            return None
        return Domain(self, "domain", zone_name=self._deployment.environment.zone_name, domain_name=name)

    def _make_namespace(self) -> ServiceDiscovery | None:
        name = self._deployment.spec.namespace
        return ServiceDiscovery(self, "namespace", name=name, network=self._network) if name is not None else None

    def _make_load_balancer(self, domain: Domain | None) -> LoadBalancer:
        action = self._deployment.default_action
        title = f"{naming.title(self._deployment.spec.name)}LB"
        return LoadBalancer(
            self,
            title,
            name=self._physical_name("lb", max_length=aws_limits.LOAD_BALANCER_NAME_LENGTH),
            title=title,
            network=self._network,
            domain=domain,
            default_response=action if isinstance(action, FixedResponse) else None,
            access_logs=self._access_log_bucket(),
            protection=self._deployment.environment.protection,
        )

    def _security_group(self, service: Service) -> TaskSecurityGroup:
        return TaskSecurityGroup(
            self,
            f"{service.name}_tasks",
            name=self._physical_name(f"{service.name}-tasks", max_length=aws_limits.SECURITY_GROUP_NAME_LENGTH),
            service_name=service.name,
            container_port=service.container_port,
            network=self._network,
            load_balancer=self._load_balancer,
        )

    def _allow_declared_calls(self) -> None:
        # Groups first, edges then, services last: two services may call each other.
        for edge in self._deployment.edges:
            self._security_groups[edge.caller.name].allow_call_to(self._security_groups[edge.callee.name])

    def _fargate_service(self, service: Service) -> FargateService:
        # A name of a service has no underscore: so these ids are nobody else's.
        return FargateService(
            self,
            f"{service.name}_service",
            service=service,
            deployment=self._deployment,
            network=self._network,
            cluster=self._cluster,
            namespace=self._namespace,
            security_group=self._security_groups[service.name],
            log_key=self._log_key,
        )

    def _share_requests(self) -> None:
        target_groups = {name: service.target_group for name, service in self._services.items()}
        for service in self._services.values():
            service.take_requests(self._load_balancer, target_groups)
        action = self._deployment.default_action
        if isinstance(action, ForwardTo):
            self._load_balancer.forward_by_default(target_groups[action.service])

    def _record_migration(self) -> None:
        """Keep the phases in the state; the next plan is judged by them, see `colonnade.model.migration.step`."""
        migration = self._deployment.migration
        if migration is not None:
            # Last of all, so that an apply that fails is no step taken.
            after = [self._load_balancer.listener, *(service.this for service in self._services.values())]
            cdktf.DataResource(self, RECORD, input=migration.record().as_input(), depends_on=after)

    def _outputs(self) -> None:
        domain_name, dns_name = self._deployment.domain_name, self._load_balancer.dns_name
        url = f"https://{domain_name}" if domain_name is not None else f"http://{dns_name}"
        service_urls = {
            service.name: url if service.path_prefix is None else f"{url}{service.path_prefix}"
            for service in self._deployment.services
        }
        cdktf.TerraformOutput(self, "url", value=url, description="Where the deployment answers")
        cdktf.TerraformOutput(
            self,
            "alb_dns_name",
            value=dns_name,
            description="AWS's own name of the load balancer; a deployment's domain is an alias of it",
        )
        cdktf.TerraformOutput(self, "service_urls", value=service_urls, description="Each service's URL, by service")

    def _physical_name(self, role: str, *, max_length: int) -> str:
        return naming.physical_name(
            self._deployment.environment.project,
            self._deployment.environment.name,
            self._deployment.spec.name,
            role,
            max_length=max_length,
        )
