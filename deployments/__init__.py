"""What is wanted: one file per deployment, each with a `DEPLOYMENT` of plain data, all listed here for `main`.

Imports `modules.spec` and nothing else, so that checking every deployment takes milliseconds.
"""

from __future__ import annotations

from deployments import services
from modules.spec.deployment_spec import DeploymentSpec

DEPLOYMENTS: tuple[DeploymentSpec, ...] = (services.DEPLOYMENT,)
"""Every deployment, each synthesized to a stack of its own."""
