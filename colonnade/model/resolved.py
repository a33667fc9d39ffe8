"""A deployment resolved in one environment: every name, number and
permitted call as a plain value, each with its source.

The classes are frozen and contain strings, numbers, tuples and mappings, so they convert to JSON. `sources` gives the
source of each field: a line of a deployment file,
a table of an environment's file, 'default' or the values that it is computed from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.domain import CertificateSettings, ZoneSettings
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.listener import ListenerSettings
from colonnade.model.environment.tables import (
    IamSettings,
    ProtectionSettings,
    TaskSettings,
    TimingSettings,
    TrafficLogSettings,
)
from colonnade.model.migration.phases import MigrationState
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.network.plan import NetworkPlan
from colonnade.model.routing.rule_action import OwnersAction, RuleAction
from colonnade.model.service.container_definition import Container
from colonnade.model.service.health_check import HealthCheck
from colonnade.model.service.permissions import Allow


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedService:
    """A service in the environment, with every value that its resources are built from."""

    name: str
    path_prefix: str | None
    path_patterns: tuple[str, ...]
    """The values of its listener rule's path condition; empty if it has no rule."""
    priority: int | None
    """The priority of its listener rule; None if it has no rule."""
    rule_action: RuleAction | None
    """The action of its listener rule; None if it has no rule."""
    container_port: int | None
    """None for a worker."""
    cpu_units: int
    memory_mib: int
    architecture: Literal["X86_64", "ARM64"]
    desired_count: int
    capacity: Mapping[str, int]
    """The weights of its capacity providers; empty if all tasks run on the environment's `tasks.capacity_provider`."""
    capacity_base: int
    """The number of tasks that run on FARGATE before the weights apply."""
    image: str | None
    """The image as ECS pulls it, with its tag or digest; None before it is pinned."""
    image_name: str
    repository_name: str | None
    """Its repository in the environment's registry; None for a public image."""
    repository_arns: tuple[str, ...]
    """The repositories in the environment's registry that the images of its containers are pulled from."""
    calls: tuple[str, ...]
    connections: Mapping[str, ConnectionSettings]
    """Its connections to databases and other hosts outside of the deployment, by name.

    Each contains the names of its variables.
    """
    dns_name: str | None
    """Its name in Cloud Map; None for a worker and without a namespace."""
    health_check_path: str | None
    """The path of the load balancer's health check.

    This field and the five that follow are None without a target group.
    """
    health_check_matcher: str | None
    health_check_port: int | None
    """The port of the health check. None: the container port."""
    health_check_protocol: Literal["HTTP", "HTTPS"] | None
    health_check: HealthCheck | None
    sticky_session_seconds: int | None
    """None: requests go to any healthy task."""
    health_check_grace_seconds: int | None
    read_only_root_filesystem: bool
    environment_variables: Mapping[str, str]
    """The variables of its own container."""
    secret_arns: tuple[str, ...]
    """The secrets and parameters that its execution role may read; wildcards stand for the random end of an ARN."""
    secret_key_arns: tuple[str, ...]
    """The KMS keys that its execution role may decrypt with."""
    permissions: tuple[Allow, ...]
    """The actions that its task role may take."""
    ephemeral_storage_gib: int | None
    """None: the 20 GiB of Fargate."""
    containers: tuple[Container, ...] | None
    """The containers of its task, its own first; None before the images are pinned."""
    container_definitions: str | None
    """The JSON of the task definition's containers; None before the images are pinned."""
    phase: str | None
    """A microservice's phase of the migration; None for any other service."""
    physical_name: str
    """The name of the ECS service and of the task definition's family."""
    target_group_name: str | None
    """None for an internal service and a worker, to which the load balancer does not forward."""
    security_group_name: str
    """The prefix of the security group's name. Terraform appends a unique suffix."""
    execution_role_name: str
    task_role_name: str
    log_group_name: str
    accepted_warnings: Mapping[str, str]
    """The reason of each accepted warning, by code."""
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedEdge:
    """One permitted call: the caller's egress to, and the callee's ingress on, the callee's port."""

    caller: str
    callee: str
    port: int
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedNames:
    """The names of AWS objects that the services share."""

    network: str
    cluster: str
    load_balancer: str
    log_key: str
    log_groups: str
    """The pattern that matches the deployment's log groups, for the policy of the key."""
    insights_log_group: str
    """The log group of the cluster's Container Insights."""
    flow_log_group: str
    flow_log_role: str
    access_log_bucket: str
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A deployment in one environment: all values that its stack is built from."""

    name: str
    title: str
    """The name that the console shows."""
    project: str
    environment: str
    account_id: str
    region: str
    zone_name: str
    state_bucket: str
    state_key: str
    tags: Mapping[str, str]
    """The tags of everything in the deployment. The resources of one service have the tag Service, too."""
    iam: IamSettings
    domain_name: str | None
    """The main name of the certificate and the alias records; None for HTTP only."""
    other_domain_names: tuple[str, ...]
    """The further domain names of the certificate and the alias records."""
    zone: ZoneSettings
    certificate: CertificateSettings | None
    """The existing certificate; None if the deployment creates its certificate or has no domain name."""
    namespace: str | None
    default_action: FixedResponse | ForwardTo | OwnersAction
    network: NetworkPlan | ExistingNetwork
    names: ResolvedNames
    services: tuple[ResolvedService, ...]
    """In declared order."""
    edges: tuple[ResolvedEdge, ...]
    migration: MigrationState | None
    image_repositories: Mapping[str, str]
    """The repository name of each image that is not public, by image; also of microservices in phase `monolith`."""
    force_delete_repositories: bool
    """True if destroying an image repository also deletes its images."""
    tasks: TaskSettings
    timing: TimingSettings
    protection: ProtectionSettings
    traffic_logs: TrafficLogSettings
    ingress: IngressSettings
    listener: ListenerSettings | None
    """The existing listener that its rules are added to; None if the deployment creates a load balancer."""
    existing_cluster: str | None
    """The name of its existing ECS cluster; None if it creates `names.cluster`."""
    accepted_warnings: Mapping[str, str]
    """The reason of each accepted warning about the deployment itself, by code."""
    sources: Mapping[str, str]
    """The source of each field, by name.

    If a part of a field has another source than the field, it has an entry under its dotted name.
    """

    def service(self, name: str) -> ResolvedService:
        """Return the service of that name; raises KeyError if the environment has no such service."""
        found = next((each for each in self.services if each.name == name), None)
        if found is None:
            raise KeyError(name)
        return found
