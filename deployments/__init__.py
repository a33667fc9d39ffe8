"""What is wanted: one file per deployment, each with a `DEPLOYMENT` of plain data, all listed here for `main`.

Imports `colonnade.model` and nothing else, so that checking every deployment takes milliseconds.
"""

from __future__ import annotations

from colonnade.model.deployment.declaration import Deployment
from deployments import message_board, product_user, services, single_service

DEPLOYMENTS: tuple[Deployment, ...] = (
    services.DEPLOYMENT,
    single_service.DEPLOYMENT,
    product_user.DEPLOYMENT,
    message_board.DEPLOYMENT,
)
"""Every deployment, each synthesized to a stack of its own."""
