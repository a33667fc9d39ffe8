"""Stand-ins for images that were never pushed, so that a change can be planned before its images exist.

Only `colonnade preview` and the review of a branch use them; a synthesis for an apply never does. The stand-in is a tag
that `colonnade images push` never writes, so that a plan shows that the image is a stand-in. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import Environment
from colonnade.model.resolved import Resolved
from colonnade.model.warnings import ConfigurationWarning

STAND_IN = "not-pushed-yet"
"""The tag of the stand-in, and the code of its warning."""


def with_stand_ins(environment: Environment, deployments: Sequence[Deployment]) -> Environment:
    """Return the environment with a stand-in for each image that it does not pin."""
    services = (service for deployment in deployments for service in deployment.services)
    needed = (each.image for service in services for each in service.with_sidecars)
    return replace(environment, images={**dict.fromkeys(needed, STAND_IN), **environment.images})


def stand_in_warnings(deployments: Sequence[Resolved]) -> Iterator[ConfigurationWarning]:
    """Yield a warning for each stand-in of each service. It cannot be accepted."""
    for deployment in deployments:
        for service in deployment.services:
            images = dict.fromkeys(each.image for each in service.containers or ())
            for image in (each for each in images if each.endswith(f":{STAND_IN}")):
                yield ConfigurationWarning(
                    code=STAND_IN,
                    subject=f"deployment {deployment.name!r}, service {service.name!r}",
                    message=f"its image is not pinned in environment {deployment.environment!r}; the plan shows "
                    f"{image.rpartition('/')[2]!r} in its place",
                    fix="pin it before the apply, which refuses it: `colonnade images push`, or `colonnade images pin`",
                )
