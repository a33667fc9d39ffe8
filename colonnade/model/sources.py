"""Where a resolved value comes from, in the words that `colonnade show` prints; docs/resolved.md lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from colonnade.model.declared import origin_of
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import Environment
from colonnade.model.images.pins import SUFFIX
from colonnade.model.migration.settings import OVERRIDE
from colonnade.model.service.declaration import Service

DEFAULT = "default"
"""The source of what is written nowhere."""

_TOP_LEVEL = frozenset({"account_id", "region", "zone_name", "state_bucket", "force_delete_repositories"})
"""The settings that stand before all tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The names of the places that the values of one deployment in one environment come from."""

    deployment: Deployment
    environment: Environment
    overridden: bool
    """Whether MIGRATION_PHASE takes the place of the environment's phases."""

    def declared(self, value: object, title: str) -> Callable[[str], str]:
        """Return what names the source of each field of a declared value."""
        origin = origin_of(value)
        place = f"{origin.place} {title}" if origin is not None else title
        return lambda field: place if origin is None or field in origin.given else DEFAULT

    def of_deployment(self) -> Callable[[str], str]:
        """Return what names the source of each field of the deployment."""
        return self.declared(self.deployment, self._title)

    def of_migration(self) -> Callable[[str], str]:
        """Return what names the source of each field of the deployment's migration."""
        return self.declared(self.deployment.migration, self._title)

    def of_service(self, service: Service) -> Callable[[str], str]:
        """Return what names the source of each field of a service."""
        return self.declared(service, f"service {service.name!r}")

    def setting(self, key: str) -> str:
        """Return the place of an environment's setting: the table that holds it, where its file sets it."""
        table, keys = key.partition(".")[0], self.environment.keys
        if key not in keys:
            return DEFAULT if keys else f"environment {self.environment.name!r}"
        file = f"environments/{self.environment.name}.toml"
        return f"{file} {table}" if table in _TOP_LEVEL else f"{file} [{table}]"

    def image(self, service: Service) -> str:
        """Return the place that pins the image of a service."""
        keys = self.environment.keys
        if f"images.{service.image}" in keys or not keys:
            return self.setting(f"images.{service.image}")
        return f"environments/{self.environment.name}{SUFFIX} [images]"

    def phase(self) -> str:
        """Return what says how far the deployment's migration is."""
        return OVERRIDE if self.overridden else self.migration_table()

    def migration_table(self) -> str:
        """Return the environment's table of the deployment's migration."""
        return self.setting("migration").replace("[migration]", f"[migration.{self.deployment.name}]")

    @property
    def _title(self) -> str:
        return f"deployment {self.deployment.name!r}"
