"""Deployments and an environment -> one `Resolved` each: everything that follows, with where each value comes from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from colonnade.model import aws_limits, naming
from colonnade.model.checked_deployment import CheckedDeployment, check_all
from colonnade.model.declared import origin_of
from colonnade.model.environment.settings import Environment
from colonnade.model.images.pins import SUFFIX
from colonnade.model.images.rules import image_reference
from colonnade.model.migration.settings import OVERRIDE
from colonnade.model.resolved import Resolved, ResolvedEdge, ResolvedNames, ResolvedService
from colonnade.model.service.container_definition import environment_variables, image_repository
from colonnade.model.service.declaration import Service

DEFAULT = "default"
NAMING = "computed: project, environment, deployment and role"


def resolve(
    deployments: Sequence[object],
    load_environment: Callable[[], Environment],
    *,
    migration_phase: str | None = None,
    before_images: bool = False,
) -> tuple[Resolved, ...]:
    """Return what each deployment comes to in the environment; raises ConfigurationError with every problem.

    The arguments are those of `check_all`.
    """
    checked = check_all(deployments, load_environment, migration_phase=migration_phase, before_images=before_images)
    return tuple(resolved(each) for each in checked)


def resolved(checked: CheckedDeployment) -> Resolved:
    """Return everything that follows from a checked deployment."""
    return _Resolving(checked).deployment()


class _Resolving:
    """One deployment in one environment, and how its sources are named."""

    def __init__(self, checked: CheckedDeployment) -> None:
        self._checked = checked
        self._spec = checked.spec
        self._environment = checked.environment
        self._file = f"environments/{self._environment.name}.toml"

    def deployment(self) -> Resolved:
        """The whole deployment."""
        environment, spec = self._environment, self._spec
        declared = self._declared(spec, f"deployment {spec.name!r}")
        subdomain = declared("subdomain")
        own = {
            "name": declared("name"),
            "title": "computed: name",
            "project": "cdktf.json",
            "environment": "the environment that was chosen",
            **{key: self._setting(key) for key in ("account_id", "region", "zone_name", "state_bucket")},
            "state_key": "computed: environment and deployment",
            "tags": "computed: project and environment",
            "domain_name": f"{subdomain}, {self._setting('zone_name')}" if spec.subdomain is not None else subdomain,
            "namespace": declared("namespace"),
            "default_action": declared("default_action") if self._acts_as_declared() else self._phase_source(),
            "network": declared("network") if spec.network is not None else self._setting("network"),
            "names": NAMING,
            "services": declared("services"),
            "edges": "computed: calls",
            "migration": self._phase_source() if spec.migration is not None else declared("migration"),
            **{key: self._setting(key) for key in _TABLES},
            **self._parts(),
        }
        return Resolved(
            name=spec.name,
            title=naming.title(spec.name),
            project=environment.project,
            environment=environment.name,
            account_id=environment.account_id,
            region=environment.region,
            zone_name=environment.zone_name,
            state_bucket=environment.state_bucket,
            state_key=naming.state_key(environment.name, spec.name),
            tags=environment.tags,
            domain_name=self._checked.domain_name,
            namespace=spec.namespace,
            default_action=self._checked.default_action,
            network=self._checked.network,
            names=self._names(),
            services=tuple(self._service(service) for service in self._checked.services),
            edges=tuple(
                ResolvedEdge(
                    caller=edge.caller.name,
                    callee=edge.callee.name,
                    port=edge.port,
                    sources=dict.fromkeys(("caller", "callee", "port"), self._service_source(edge.caller)("calls")),
                )
                for edge in self._checked.edges
            ),
            migration=self._checked.migration,
            tasks=environment.tasks,
            timing=environment.timing,
            protection=environment.protection,
            traffic_logs=environment.traffic_logs,
            sources=own,
        )

    def _parts(self) -> dict[str, str]:
        """The sources of what differs, inside of a field, from the field's own source."""
        spec, keys = self._spec, self._environment.keys
        parts = {
            f"{table}.{field.name}": DEFAULT
            for table in _TABLES
            for field in dataclasses.fields(getattr(self._environment, table))
            if keys and f"{table}.{field.name}" not in keys
        }
        if spec.network is None:
            parts |= dict.fromkeys(("network.public_cidrs", "network.private_cidrs"), "computed: vpc_cidr and zones")
        if spec.migration is not None:
            parts["migration.monolith"] = self._declared(spec.migration, f"deployment {spec.name!r}")("monolith")
            percent = f"migration.{spec.name}.canary_percent"
            table = self._setting("migration").replace("[migration]", f"[migration.{spec.name}]")
            parts["migration.canary_percent"] = table if percent in keys else DEFAULT
        return parts

    def _service(self, service: Service) -> ResolvedService:
        checked, environment, own = self._checked, self._environment, service.public_image is None
        routed, namespace = service.path_prefix is not None, self._spec.namespace
        version, repository = environment.images.get(service.image), image_repository(service, environment)
        repository_name = naming.repository_name(environment.project, environment.name, service.image)
        location = {"account_id": environment.account_id, "region": environment.region}
        callees = checked.callees(service)
        variables = environment_variables(
            service, callees=callees, namespace=namespace, drain_seconds=environment.tasks.drain_seconds
        )
        phases = checked.migration.phases if checked.migration is not None else {}
        log_group = naming.log_group_name(environment.project, environment.name, self._spec.name, service.name)
        return ResolvedService(
            name=service.name,
            path_prefix=service.path_prefix,
            path_patterns=service.path_patterns,
            priority=checked.priority(service) if routed else None,
            rule_action=checked.rule_action(service) if routed else None,
            container_port=service.container_port,
            cpu_units=service.cpu_units,
            memory_mib=service.memory_mib,
            architecture=service.architecture,
            desired_count=checked.desired_count(service),
            image=image_reference(repository, version) if version is not None else None,
            image_name=service.image,
            repository_name=repository_name if own else None,
            repository_arn=naming.repository_arn(repository=repository_name, **location) if own else None,
            calls=service.calls,
            dns_name=f"{service.name}.{namespace}" if namespace is not None else None,
            health_check_path=service.health_check_path,
            health_check=checked.health_check(service),
            read_only_root_filesystem=service.read_only_root_filesystem,
            environment_variables=variables,
            container_definitions=checked.container_definitions(service) if version is not None else None,
            phase=phases.get(service.name),
            physical_name=self._physical_name(service.name, aws_limits.ECS_NAME_LENGTH),
            security_group_name=self._physical_name(f"{service.name}-tasks", aws_limits.SECURITY_GROUP_NAME_LENGTH),
            execution_role_name=self._physical_name(f"{service.name}-execution", aws_limits.ROLE_NAME_LENGTH),
            task_role_name=self._physical_name(f"{service.name}-task", aws_limits.ROLE_NAME_LENGTH),
            log_group_name=log_group,
            sources=self._service_sources(service),
        )

    def _service_sources(self, service: Service) -> Mapping[str, str]:
        declared, migration = self._service_source(service), self._checked.migration
        straight = [field.name for field in dataclasses.fields(Service)]
        named = ("physical_name", "security_group_name", "execution_role_name", "task_role_name", "log_group_name")
        computed_priority = "computed: path_prefix" if service.path_prefix is not None else declared("path_prefix")
        image_name = "public_image" if service.public_image is not None else "image_name"
        retired = migration is not None and not migration.has_tasks(service.name)
        count = declared("desired_count") if service.desired_count is not None else self._setting("tasks.desired_count")
        repository = "computed: project, environment and image_name"
        sources = {field: declared(field) for field in straight if field not in {"public_image", "rule_priority"}}
        return {
            **sources,
            "path_patterns": "computed: path_prefix",
            "priority": declared("rule_priority") if service.rule_priority is not None else computed_priority,
            "rule_action": self._phase_source() if migration is not None else "computed: name",
            "desired_count": self._phase_source() if retired else count,
            "image": self._image_source(service),
            "image_name": declared(image_name) if service.image != service.name else declared("name"),
            "repository_name": repository if service.public_image is None else declared("public_image"),
            "repository_arn": repository if service.public_image is None else declared("public_image"),
            "dns_name": "computed: name and namespace",
            "health_check": declared("health_check") if service.health_check is not None else self._setting("timing"),
            "environment_variables": f"computed: container_port, path_prefix, calls, {self._setting('tasks')}",
            "container_definitions": "computed: image, environment_variables, log_group_name",
            "phase": self._phase_source() if migration is not None else DEFAULT,
            **dict.fromkeys(named, "computed: project, environment, deployment and service"),
        }

    def _names(self) -> ResolvedNames:
        environment = self._environment
        bucket = f"access-logs-{environment.account_id}"
        fields = [field.name for field in dataclasses.fields(ResolvedNames) if field.name != "sources"]
        return ResolvedNames(
            network=self._physical_name("network", aws_limits.TAG_VALUE_LENGTH),
            cluster=self._physical_name("cluster", aws_limits.ECS_NAME_LENGTH),
            load_balancer=self._physical_name("lb", aws_limits.LOAD_BALANCER_NAME_LENGTH),
            log_key=self._physical_name("logs", aws_limits.KMS_ALIAS_LENGTH),
            flow_log_group=naming.flow_log_group_name(environment.project, environment.name, self._spec.name),
            flow_log_role=self._physical_name("flow-logs", aws_limits.ROLE_NAME_LENGTH),
            access_log_bucket=self._physical_name(bucket, aws_limits.BUCKET_NAME_LENGTHS[1]),
            sources=dict.fromkeys(fields, NAMING),
        )

    def _physical_name(self, role: str, max_length: int) -> str:
        environment = self._environment
        return naming.physical_name(environment.project, environment.name, self._spec.name, role, max_length=max_length)

    def _service_source(self, service: Service) -> Callable[[str], str]:
        return self._declared(service, f"service {service.name!r}")

    def _declared(self, declared: object, title: str) -> Callable[[str], str]:
        """How the source of each of its fields is named."""
        origin = origin_of(declared)
        place = f"{origin.place} {title}" if origin is not None else title
        return lambda field: place if origin is None or field in origin.given else DEFAULT

    def _setting(self, key: str) -> str:
        """The place of an environment's setting: the table that holds it, where its file sets it."""
        table = key.partition(".")[0]
        if key not in self._environment.keys:
            return DEFAULT if self._environment.keys else f"environment {self._environment.name!r}"
        return f"{self._file} [{table}]" if table not in _TOP_LEVEL else f"{self._file} {table}"

    def _image_source(self, service: Service) -> str:
        if f"images.{service.image}" in self._environment.keys or not self._environment.keys:
            return self._setting(f"images.{service.image}")
        return f"environments/{self._environment.name}{SUFFIX} [images]"

    def _phase_source(self) -> str:
        if self._checked.overridden:
            return OVERRIDE
        return self._setting("migration").replace("[migration]", f"[migration.{self._spec.name}]")

    def _acts_as_declared(self) -> bool:
        return self._checked.default_action == self._spec.default_action


_TABLES = ("tasks", "timing", "protection", "traffic_logs")
"""The tables of an environment that hold for all services alike."""
_TOP_LEVEL = frozenset({"account_id", "region", "zone_name", "state_bucket"})
"""The settings that stand before all tables."""
