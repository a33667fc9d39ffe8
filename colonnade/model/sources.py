"""Sources of resolved values, as `colonnade show` prints them; docs/resolved.md lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from colonnade.model.declared import origin_of
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.service_settings import ServiceSettings
from colonnade.model.environment.settings import Environment
from colonnade.model.images.pins import SUFFIX
from colonnade.model.migration.settings import OVERRIDE
from colonnade.model.service.declaration import Service

DEFAULT = "default"
"""The source of a value that no file sets."""

_MERGED = frozenset({"variables", "secrets"})
"""The fields of a service whose entries are merged with those of the environment."""
_TOP_LEVEL = frozenset({"account_id", "region", "zone_name", "state_bucket", "force_delete_repositories"})
"""The settings of an environment's file that are outside of tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The sources of the values of one deployment in one environment."""

    deployment: Deployment
    environment: Environment
    overridden: bool
    """True if MIGRATION_PHASE replaces the environment's phases."""

    def declared(self, value: object, title: str) -> Callable[[str], str]:
        """Return a function from a field of a declared value to its source."""
        origin = origin_of(value)
        place = f"{origin.place} {title}" if origin is not None else title
        return lambda field: place if origin is None or field in origin.given else DEFAULT

    def of_deployment(self) -> Callable[[str], str]:
        """Return a function from a field of the deployment to its source."""
        return self.declared(self.deployment, self._title)

    def of_migration(self) -> Callable[[str], str]:
        """Return a function from a field of the deployment's migration to its source."""
        return self.declared(self.deployment.migration, self._title)

    def of_service(self, service: Service) -> Callable[[str], str]:
        """Return a function from a field of a service to its source: the deployment file, or the environment's."""
        declared = self.declared(service, f"service {service.name!r}")
        settings = self._settings(service)
        table = self.of_deployment_table(f"services.{service.name}")

        def source(field: str) -> str:
            if settings is None or field not in settings.given:
                return declared(field)
            merged = field in _MERGED and declared(field) != DEFAULT
            return f"{declared(field)}, {table}" if merged else table

        return source

    def variables(self, service: Service) -> Mapping[str, str]:
        """Return the source of each variable that is declared or that the environment sets, by name."""
        declared = self.declared(service, f"service {service.name!r}")("variables")
        settings = self._settings(service)
        own = settings.variables if settings is not None else {}
        table = self.of_deployment_table(f"services.{service.name}")
        return {name: table if name in own else declared for name in service.variables}

    def setting(self, key: str) -> str:
        """Return the source of an environment's setting: file and table, or `DEFAULT` if the file does not set it."""
        table, keys = key.partition(".")[0], self.environment.keys
        if key not in keys:
            return DEFAULT if keys else f"environment {self.environment.name!r}"
        file = f"environments/{self.environment.name}.toml"
        return f"{file} {table}" if table in _TOP_LEVEL else f"{file} [{table}]"

    def of_table(self, table: str) -> str:
        """Return the source of a table: the deployment's own table in the environment's file if there is one, else the
        general one."""
        keys = self.environment.keys
        path = f"deployments.{self.deployment.name}.{table}"
        if path not in keys:
            return self.setting(table)
        return f"environments/{self.environment.name}.toml [{path}]"

    def own_key(self, key: str) -> str:
        """Return the source of a key that an environment's file can set only for a single deployment."""
        table = f"deployments.{self.deployment.name}"
        given = f"{table}.{key}" in self.environment.keys
        return f"environments/{self.environment.name}.toml [{table}]" if given else DEFAULT

    def image(self, service: Service) -> str:
        """Return the file and table that pin the image of a service."""
        keys = self.environment.keys
        if f"images.{service.image}" in keys or not keys:
            return self.setting(f"images.{service.image}")
        return f"environments/{self.environment.name}{SUFFIX} [images]"

    def phase(self) -> str:
        """Return the source of the migration's phases."""
        return OVERRIDE if self.overridden else self.migration_table()

    def migration_table(self) -> str:
        """Return the file and table of the environment's settings for the deployment's migration."""
        return self.setting("migration").replace("[migration]", f"[migration.{self.deployment.name}]")

    def of_deployment_table(self, table: str) -> str:
        """Return the file and table of the environment's settings for the deployment, or for a part of it."""
        if not self.environment.keys:
            return f"environment {self.environment.name!r}"
        return f"environments/{self.environment.name}.toml [deployments.{self.deployment.name}.{table}]"

    def _settings(self, service: Service) -> ServiceSettings | None:
        deployment = self.environment.deployments.get(self.deployment.name)
        return deployment.services.get(service.name) if deployment is not None else None

    @property
    def _title(self) -> str:
        return f"deployment {self.deployment.name!r}"
