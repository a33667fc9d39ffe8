"""A deployment, as its author declares it: the services behind one load balancer, in one state.

Plain data; the rules are in `rules`.
"""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.model.declared import Declared
from colonnade.model.migration.phases import Migration
from colonnade.model.network.layout import NetworkLayout
from colonnade.model.service.declaration import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedResponse(Declared):
    """What the load balancer answers by itself."""

    status_code: int
    """200 to 299 or 400 to 599."""
    content_type: str
    """One of the types that a load balancer allows, such as 'application/json'."""
    message_body: str
    """At most 1024 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardTo(Declared):
    """The service that gets a request."""

    service: str
    """The name of a service of the same deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment(Declared):
    """Services that share a load balancer and a network, and where they want it a domain name and a namespace."""

    name: str
    """Its stack's name: lower-case letters, digits and single hyphens or underscores, hyphens in physical names."""
    services: tuple[Service, ...]
    """Oldest first: a priority that is taken is refused to the later one. The order means nothing else."""
    default_action: FixedResponse | ForwardTo
    """What becomes of a request for a path that no service owns."""
    subdomain: str | None = None
    """The one label before the environment's zone. None: HTTP only, at AWS's own name of the load balancer."""
    namespace: str | None = None
    """The Cloud Map namespace: services call each other as `{service}.{namespace}`. None: no service calls another."""
    network: NetworkLayout | None = None
    """Zones and blocks of its own. None: those of the environment's `[network]`."""
    migration: Migration | None = None
    """A monolith among the services that others take over from; how far they are is the environment's to say."""
