"""What is wanted: one file per deployment, each with a `DEPLOYMENT` of plain data, all listed here for `main`.

Imports `modules.spec` and nothing else, so that checking every deployment takes milliseconds.
"""

from __future__ import annotations

from deployments import message_board, product_user, services, single_service
from modules.spec.deployment_spec import DeploymentSpec

DEPLOYMENTS: tuple[DeploymentSpec, ...] = (
    services.DEPLOYMENT,
    single_service.DEPLOYMENT,
    product_user.DEPLOYMENT,
    message_board.DEPLOYMENT,
)
"""Every deployment, each synthesized to a stack of its own."""
