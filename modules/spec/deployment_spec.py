"""A deployment, as its author declares it: the services behind one load balancer and one domain name, in one state.

Plain data, imported by `deployments` and everything that builds on it; `checked_deployment` holds it against the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from modules.spec.service_spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedResponse:
    """What the load balancer answers by itself."""

    status_code: int
    """200 to 299 or 400 to 599."""
    content_type: str
    """One of the types that a load balancer allows, such as 'application/json'."""
    message_body: str
    """At most 1024 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSpec:
    """Services that share a load balancer, a network, a domain name and a namespace."""

    name: str
    """Its stack's name: lower-case letters, digits and single hyphens."""
    services: tuple[ServiceSpec, ...]
    """Oldest first: a priority that is taken is refused to the later one. The order means nothing else."""
    namespace: str
    """The Cloud Map namespace: services call each other as `{service}.{namespace}`."""
    subdomain: str
    """The one label before the environment's zone."""
    default_response: FixedResponse
    """The answer to a path that no service owns."""
