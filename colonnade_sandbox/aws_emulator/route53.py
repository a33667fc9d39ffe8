"""Route 53 for the emulator: a hosted zone's id is derived from its name, so it is the same in every emulator.

A Terraform state that was written with another emulator is then valid with this one.
"""

from __future__ import annotations

import hashlib

from moto.route53.models import HostedZoneIdentifier
from moto.utilities.id_generator import IdSourceContext, moto_id_manager

from colonnade_sandbox.control_plane.observations import Observations

_LENGTH = 21


def zone_id(name: str) -> str:
    """Return an id in the form of AWS: Z and capital letters or digits."""
    return "Z" + hashlib.sha256(name.encode()).hexdigest()[:_LENGTH].upper()


def _of_zone(context: IdSourceContext) -> str | None:
    identifier = context.get("resource_identifier")
    return zone_id(identifier.name.rstrip(".")) if isinstance(identifier, HostedZoneIdentifier) else None


def install(_observations: Observations) -> None:
    """Make moto derive the ids of zones with `zone_id`. A second zone of the same name gets a random id."""
    if _of_zone not in moto_id_manager._id_sources:
        moto_id_manager.add_id_source(_of_zone)
