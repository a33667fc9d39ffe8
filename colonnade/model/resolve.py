"""Deployments and an environment -> one `Resolved` per deployment: every value, with its source."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

from colonnade.model import aws_limits, naming
from colonnade.model.check import check
from colonnade.model.deployment.declaration import Deployment, FixedResponse, ForwardTo
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.settings import Environment
from colonnade.model.migration.phases import MigrationState
from colonnade.model.migration.settings import PhaseOverride, parse_override, resolved_state
from colonnade.model.network.plan import network_plan
from colonnade.model.resolve_service import resolve_service
from colonnade.model.resolved import Resolved, ResolvedEdge, ResolvedNames, ResolvedService
from colonnade.model.routing.listener_priority import assign_priorities
from colonnade.model.routing.rule_action import OwnersAction, default_action
from colonnade.model.sources import DEFAULT, Sources

NAMING = "computed: project, environment, deployment and role"

_TABLES = ("tasks", "timing", "protection", "traffic_logs", "iam")
"""The tables of an environment that apply to all services."""
_SETTINGS = ("account_id", "region", "zone_name", "state_bucket", "force_delete_repositories")
"""The settings of an environment that apply to the whole deployment."""


def resolve(
    deployments: Sequence[object],
    load_environment: Callable[[], Environment],
    *,
    migration_phase: str | None = None,
    before_images: bool = False,
    stand_ins: bool = False,
    whole_project: bool = False,
) -> tuple[Resolved, ...]:
    """Return each deployment as resolved in the environment; raises ConfigurationError with every problem.

    `migration_phase` replaces the environment's phases, see `migration.settings`; None: the environment's phases apply.
    `before_images`: images need not be pinned. `stand_ins`: an image that is not pinned gets a stand-in.
    `whole_project`: these are all deployments of the project.
    """
    override = parse_override(migration_phase) if migration_phase is not None else None
    declared, environment = check(
        deployments,
        load_environment,
        override=override,
        before_images=before_images,
        stand_ins=stand_ins,
        whole_project=whole_project,
    )
    return tuple(_Resolving(each, environment, override).deployment() for each in declared)


class _Resolving:
    """The resolution of one valid deployment in one environment."""

    def __init__(self, declared: Deployment, environment: Environment, override: PhaseOverride | None) -> None:
        self._declared = declared
        self._environment = environment
        self._migration = _migration_state(declared, environment, override)
        self._sources = Sources(deployment=declared, environment=environment, overridden=override is not None)

    def deployment(self) -> Resolved:
        """Return the whole deployment."""
        declared, environment = self._declared, self._environment
        names = environment.domain_names_of(declared.name, declared.subdomain)
        return Resolved(
            name=declared.name,
            title=naming.title(declared.name),
            project=environment.project,
            environment=environment.name,
            account_id=environment.account_id,
            region=environment.region,
            zone_name=environment.zone_name,
            state_bucket=environment.state_bucket,
            state_key=naming.state_key(environment.name, declared.name),
            tags={**environment.all_tags, "Deployment": declared.name, **declared.tags},
            iam=environment.iam,
            domain_name=names[0] if names else None,
            other_domain_names=names[1:],
            zone=environment.zone,
            certificate=environment.certificate_of(declared.name) if names else None,
            namespace=declared.namespace,
            default_action=self._default_action(),
            network=network_plan(declared.name, declared.network, environment),
            names=self._names(),
            services=self._services(),
            edges=tuple(self._edges()),
            migration=self._migration,
            image_repositories=self._image_repositories(),
            force_delete_repositories=environment.force_delete_repositories,
            tasks=environment.tasks,
            timing=environment.timing,
            protection=environment.protection,
            traffic_logs=environment.traffic_logs,
            ingress=self._ingress(),
            listener=environment.listener_of(declared.name),
            existing_cluster=environment.cluster_of(declared.name),
            accepted_warnings=declared.accepted_warnings,
            sources={**self._sources_of_fields(), **self._sources_of_parts()},
        )

    def _default_action(self) -> FixedResponse | ForwardTo | OwnersAction:
        if self._environment.listener_of(self._declared.name) is not None:
            return OwnersAction()
        return default_action(self._declared.default_action, self._migration)

    def _ingress(self) -> IngressSettings:
        ingress = self._environment.ingress_of(self._declared.name)
        return dataclasses.replace(ingress, cidrs=ingress.blocks)

    def _services(self) -> tuple[ResolvedService, ...]:
        """Return all services except microservices in phase `monolith`."""
        migration = self._migration
        # Computed from all declared services, so that priorities are the same in every phase.
        priorities = assign_priorities(self._declared.services).priorities
        return tuple(
            resolve_service(
                service,
                deployment=self._declared,
                environment=self._environment,
                migration=migration,
                priority=priorities[service.name] if service.path_prefix is not None else None,
                sources=self._sources,
            )
            for service in self._declared.services
            if migration is None or migration.exists(service.name)
        )

    def _edges(self) -> Iterator[ResolvedEdge]:
        """Yield every declared call, by caller in declared order."""
        services = self._declared.services
        ports = {each.name: each.container_port for each in services if each.container_port is not None}
        for caller in self._declared.services:
            if self._migration is not None and not self._migration.exists(caller.name):
                continue
            source = self._sources.of_service(caller)("calls")
            for callee in caller.calls:
                sources = dict.fromkeys(("caller", "callee", "port"), source)
                yield ResolvedEdge(caller=caller.name, callee=callee, port=ports[callee], sources=sources)

    def _image_repositories(self) -> Mapping[str, str]:
        """Return the repository name of each image that is not public; the same in every phase of a migration."""
        environment = self._environment
        runs = [each for service in self._declared.services for each in service.with_sidecars]
        images = [each.image for each in runs if each.public_image is None]
        return {image: naming.repository_name(environment.project, environment.name, image) for image in images}

    def _names(self) -> ResolvedNames:
        environment = self._environment
        place = (environment.project, environment.name, self._declared.name)

        def physical(role: str, max_length: int) -> str:
            return naming.physical_name(*place, role, max_length=max_length)

        cluster = physical("cluster", aws_limits.ECS_NAME_LENGTH)
        fields = [field.name for field in dataclasses.fields(ResolvedNames) if field.name != "sources"]
        return ResolvedNames(
            network=physical("network", aws_limits.TAG_VALUE_LENGTH),
            cluster=cluster,
            load_balancer=physical("lb", aws_limits.LOAD_BALANCER_NAME_LENGTH),
            log_key=physical("logs", aws_limits.KMS_ALIAS_LENGTH),
            log_groups=naming.log_group_name(*place, "*"),
            insights_log_group=naming.insights_log_group_name(cluster),
            flow_log_group=naming.flow_log_group_name(*place),
            flow_log_role=physical("flow-logs", aws_limits.ROLE_NAME_LENGTH),
            access_log_bucket=naming.access_log_bucket_name(*place, account_id=environment.account_id),
            sources=dict.fromkeys(fields, NAMING),
        )

    def _sources_of_fields(self) -> Mapping[str, str]:
        deployment, sources = self._declared, self._sources
        declared = sources.of_deployment()
        acts_as_declared = self._default_action() == deployment.default_action
        of_the_owner = isinstance(self._default_action(), OwnersAction)
        return {
            "name": declared("name"),
            "title": "computed: name",
            "project": "cdktf.json",
            "environment": "the environment that was chosen",
            **{key: sources.setting(key) for key in (*_SETTINGS, *_TABLES)},
            "ingress": sources.of_table("ingress"),
            "listener": sources.own_key("listener"),
            "existing_cluster": self._source_of_cluster(),
            "state_key": "computed: environment and deployment",
            "tags": "computed: project, environment and deployment",
            "domain_name": self._source_of_domain_name(),
            "other_domain_names": sources.own_key("domain_names"),
            "zone": sources.setting("zone"),
            "certificate": sources.of_table("certificate"),
            "namespace": declared("namespace"),
            "default_action": declared("default_action")
            if acts_as_declared
            else (sources.own_key("listener") if of_the_owner else sources.phase()),
            "network": declared("network") if deployment.network is not None else sources.of_table("network"),
            "names": NAMING,
            "services": declared("services"),
            "edges": "computed: calls",
            "migration": sources.phase() if deployment.migration is not None else declared("migration"),
            "image_repositories": "computed: project, environment and image_name",
            "accepted_warnings": declared("accepted_warnings"),
        }

    def _source_of_cluster(self) -> str:
        own = self._sources.own_key("cluster_name")
        return own if own != DEFAULT else self._sources.setting("tasks.cluster_name")

    def _source_of_domain_name(self) -> str:
        sources, deployment = self._sources, self._declared
        subdomain = sources.of_deployment()("subdomain")
        if self._environment.domain_names_of(deployment.name, None):
            return sources.own_key("domain_names")
        return f"{subdomain}, {sources.setting('zone_name')}" if deployment.subdomain is not None else subdomain

    def _sources_of_parts(self) -> Mapping[str, str]:
        """Return the source of each part of a field, if it differs from the source of the field."""
        keys = self._environment.keys
        parts = {
            f"{table}.{field.name}": DEFAULT
            for table in _TABLES
            for field in dataclasses.fields(getattr(self._environment, table))
            if keys and f"{table}.{field.name}" not in keys
        }
        parts |= {f"tags.{key}": self._sources.setting("tags") for key in self._environment.tags}
        parts |= {f"tags.{key}": self._sources.of_deployment()("tags") for key in self._declared.tags}
        if self._declared.network is None and self._environment.network_of(self._declared.name) is None:
            parts |= dict.fromkeys(("network.public_cidrs", "network.private_cidrs"), "computed: vpc_cidr and zones")
        if self._declared.migration is not None:
            percent = f"migration.{self._declared.name}.canary_percent"
            parts["migration.monolith"] = self._sources.of_migration()("monolith")
            parts["migration.canary_percent"] = self._sources.migration_table() if percent in keys else DEFAULT
        return parts


def _migration_state(
    deployment: Deployment, environment: Environment, override: PhaseOverride | None
) -> MigrationState | None:
    if deployment.migration is None:
        return None
    return resolved_state(deployment.name, deployment.migration, environment, override)
