"""Legal declarations of one deployment in one environment, from which edits start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import DeploymentSettings, Environment
from colonnade.model.errors import ConfigurationError
from colonnade.model.migration.phases import MigrationSettings
from colonnade.model.resolve import resolve
from tests.support import specs
from tests.support.edits import LISTENER, NETWORK
from tests.support.project import MESSAGE_BOARD

NAMES = ("orders", "users", "stock", "people")
ENVIRONMENT = specs.environment(*(specs.service(name) for name in (*NAMES, "metrics")), *MESSAGE_BOARD.services)
"""An environment with the images of all services that the edits add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One deployment in one environment, and the edits that led to it."""

    deployment: Deployment
    environment: Environment
    edits: tuple[str, ...]

    @property
    def is_legal(self) -> bool:
        """True if the model accepts it."""
        try:
            resolve((self.deployment,), lambda: self.environment)
        except ConfigurationError:
            return False
        return True

    def __str__(self) -> str:
        return ", then ".join(self.edits)


def _starts() -> Mapping[str, Declaration]:
    orders, users, stock = (specs.service(name) for name in NAMES[:3])
    shop = specs.deployment(replace(orders, calls=("users",)), users, replace(stock, path_prefix="/orders/stock"))
    plain = specs.deployment(orders, namespace=None, subdomain=None)
    existing = replace(ENVIRONMENT, network=replace(ENVIRONMENT.network, vpc_cidrs={}, existing=NETWORK))
    shared = replace(existing, deployments={"shop": DeploymentSettings(listener=LISTENER)})
    canary = replace(ENVIRONMENT, migration={MESSAGE_BOARD.name: MigrationSettings(phase="canary")})
    starts = {
        "shop": (shop, ENVIRONMENT),
        "one service on HTTP": (plain, ENVIRONMENT),
        "shop in an existing network": (shop, existing),
        "shop at an existing listener": (shop, shared),
        "a migration": (MESSAGE_BOARD, canary),
    }
    return {
        name: Declaration(deployment=deployment, environment=environment, edits=(name,))
        for name, (deployment, environment) in starts.items()
    }


STARTS: Mapping[str, Declaration] = _starts()
