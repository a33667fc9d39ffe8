"""The shared parts of a deployment: log key -> network -> flow logs -> cluster, domain, access log bucket, namespace.

Network and cluster are created, or looked up if the environment names existing ones. Each function adds its constructs
to a stack.
"""

from __future__ import annotations

from typing import Any

from colonnade.model.network.plan import NetworkPlan
from colonnade.model.resolved import Resolved
from colonnade.modules.access_log_bucket import AccessLogBucket
from colonnade.modules.domain import Domain
from colonnade.modules.ecs_cluster import AnyCluster, EcsCluster, ExistingCluster
from colonnade.modules.existing_network import AnyNetwork, ExistingNetwork
from colonnade.modules.flow_logs import FlowLogs
from colonnade.modules.log_key import LogKey
from colonnade.modules.network import Network
from colonnade.modules.service_discovery import ServiceDiscovery
from colonnade.stacks.environment_stack import EnvironmentStack


def log_key(stack: Any, deployment: Resolved) -> LogKey | None:
    """Add the key that encrypts the logs; return None if AWS's own key does."""
    if not deployment.protection.log_key:
        return None
    return LogKey(
        stack,
        "log_key",
        name=deployment.names.log_key,
        log_group_names=(deployment.names.log_groups, deployment.names.insights_log_group),
        account_id=deployment.account_id,
        region=deployment.region,
        prevent_destroy=deployment.protection.deletion_protection,
    )


def network(stack: Any, deployment: Resolved) -> AnyNetwork:
    """Add the network of the deployment, or the look-up of an existing one."""
    plan = deployment.network
    if not isinstance(plan, NetworkPlan):
        return ExistingNetwork(
            stack,
            "network",
            vpc_id=plan.vpc_id,
            public_subnet_ids=plan.public_subnet_ids,
            private_subnet_ids=plan.private_subnet_ids,
        )
    return Network(
        stack,
        "network",
        name=deployment.names.network,
        region=deployment.region,
        vpc_cidr=plan.vpc_cidr,
        public_cidrs=plan.public_cidrs,
        private_cidrs=plan.private_cidrs,
        zone_names=plan.zone_names,
        nat=plan.nat,
        locked_default_security_group=deployment.protection.locked_default_security_group,
    )


def log_flows(stack: Any, deployment: Resolved, network: AnyNetwork, key: LogKey | None) -> None:
    """Add the flow logs of the deployment's own network; those of an existing network are its owner's."""
    if deployment.traffic_logs.flow_logs and isinstance(network, Network):
        FlowLogs(
            stack,
            "flow_logs",
            name=deployment.names.flow_log_role,
            log_group_name=deployment.names.flow_log_group,
            role_path=deployment.iam.path,
            permissions_boundary_arn=deployment.iam.permissions_boundary_arn,
            network=network,
            account_id=deployment.account_id,
            region=deployment.region,
            log_retention_days=deployment.tasks.log_retention_days,
            log_key=key,
            keep_logs=deployment.protection.deletion_protection,
        )


def cluster(stack: Any, deployment: Resolved, key: LogKey | None) -> AnyCluster:
    """Add the ECS cluster of the deployment, or the look-up of an existing one."""
    if deployment.existing_cluster is not None:
        return ExistingCluster(stack, deployment.title, name=deployment.existing_cluster)
    return EcsCluster(
        stack,
        deployment.title,
        name=deployment.names.cluster,
        title=deployment.title,
        container_insights=deployment.tasks.container_insights,
        log_retention_days=deployment.tasks.log_retention_days,
        log_key=key,
        keep_logs=deployment.protection.deletion_protection,
    )


def domain(stack: EnvironmentStack, deployment: Resolved) -> Domain | None:
    """Add the names of the deployment and their certificate; return None if it has no names."""
    name, zone, certificate = deployment.domain_name, deployment.zone, deployment.certificate
    if name is None:
        return None
    return Domain(
        stack,
        "domain",
        zone_name=deployment.zone_name,
        domain_name=name,
        other_names=deployment.other_domain_names,
        zone_id=zone.id,
        zone_provider=stack.provider_with_role("zone", zone.role_arn) if zone.role_arn is not None else None,
        certificate_arn=certificate.arn if certificate is not None else None,
        certificate_domain=certificate.domains[0] if certificate is not None else None,
        needs_certificate=deployment.listener is None,
    )


def namespace(stack: Any, deployment: Resolved, network: AnyNetwork) -> ServiceDiscovery | None:
    """Add the namespace in which services find each other; return None if the deployment has none."""
    name = deployment.namespace
    return ServiceDiscovery(stack, "namespace", name=name, network=network) if name is not None else None


def access_log_bucket(stack: Any, deployment: Resolved) -> AccessLogBucket | None:
    """Add the bucket of the load balancer's access logs; return None if the environment keeps none."""
    if deployment.traffic_logs.access_log_days == 0:
        return None
    return AccessLogBucket(
        stack,
        "access_logs",
        name=deployment.names.access_log_bucket,
        account_id=deployment.account_id,
        retention_days=deployment.traffic_logs.access_log_days,
        force_destroy=not deployment.protection.deletion_protection,
    )
