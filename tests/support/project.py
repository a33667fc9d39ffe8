"""The deployments and environments of this project, read once, for tests of its declarations."""

from __future__ import annotations

from pathlib import Path

from colonnade.project import Project

PROJECT = Project(root=Path(__file__).parents[2])
DEPLOYMENTS = PROJECT.deployments()

_BY_NAME = {deployment.name: deployment for deployment in DEPLOYMENTS}
SERVICES = _BY_NAME["services"]
SINGLE_SERVICE = _BY_NAME["single_service"]
PRODUCT_USER = _BY_NAME["product_user"]
MESSAGE_BOARD = _BY_NAME["message_board"]
