"""A deployment as declared: the services behind one load balancer, in one state.

Plain data; the rules are in `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from colonnade.model.declared import Declared
from colonnade.model.migration.phases import Migration
from colonnade.model.network.layout import NetworkLayout
from colonnade.model.service.declaration import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedResponse(Declared):
    """A fixed response of the load balancer, without a service."""

    status_code: int
    """200 to 299 or 400 to 599."""
    content_type: str
    """One of the types that load balancers allow, such as 'application/json'."""
    message_body: str
    """At most 1024 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardTo(Declared):
    """An action that forwards requests to a service."""

    service: str
    """The name of a service of the same deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment(Declared):
    """Services that share a load balancer and a network, and optionally a domain name and a namespace."""

    name: str
    """The name of its stack: lower-case letters, digits and single hyphens or underscores. Physical names have hyphens
    for underscores."""
    services: tuple[Service, ...]
    """Oldest first: of two services with one priority, the later is refused. The order has no other effect."""
    default_action: FixedResponse | ForwardTo
    """The action for requests whose path no service owns."""
    subdomain: str | None = None
    """The label before the environment's zone. None: HTTP only, at the load balancer's DNS name from AWS."""
    namespace: str | None = None
    """The Cloud Map namespace: services call each other as `{service}.{namespace}`. None: no calls between services."""
    network: NetworkLayout | None = None
    """Its own zones and blocks. None: those of the environment's `[network]`."""
    migration: Migration | None = None
    """The monolith and the microservices that take over its requests; the environment sets their phases."""
    accepted_warnings: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Warnings about it that are not reported: the reason of each, by code. docs/warnings.md lists the codes."""
