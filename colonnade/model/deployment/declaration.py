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
    """The HTTP status.

    Rule: 200 to 299, or 400 to 599.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html
    Example: 404
    """
    content_type: str
    """The value of the header `Content-Type`.

    Rule: `text/plain`, `text/css`, `text/html`, `application/javascript` or `application/json`.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html
    Example: "text/plain"
    """
    message_body: str
    """The body.

    Rule: at most 1024 characters; valid JSON if the content type is `application/json`.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html
    Example: "Not found"
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardTo(Declared):
    """An action that forwards requests to a service."""

    service: str
    """The name of a service of the same deployment.

    Rule: a declared service.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
    Example: "orders"
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment(Declared):
    """Services that share a load balancer and a network, and optionally a domain name and a namespace."""

    name: str
    """The name of the deployment's stack. Physical names have hyphens for underscores.

    Rule: lower-case letters, digits and single hyphens or underscores, a letter first; at most 63 characters. No other
    deployment's name may begin with it and a hyphen.
    Example: "shop"
    """
    services: tuple[Service, ...]
    """The services, the oldest first. If two services have the same listener rule priority, the later one is refused.
    The order has no other effect.

    Rule: at most 60, as the load balancer's security group has a rule for each.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
    Example: (Service(name="orders", path_prefix="/orders", container_port=8080),)
    """
    default_action: FixedResponse | ForwardTo
    """The action for requests that match no service's path prefix.

    Rule: a `FixedResponse` or a `ForwardTo`.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html
    Example: ForwardTo(service="orders")
    """
    subdomain: str | None = None
    """The label before the environment's zone. None: HTTP only, at the load balancer's DNS name from AWS.

    Rule: lower-case letters, digits and single hyphens, a letter first; at most 63 characters. No other deployment has
    the same one, and the whole domain name has at most 64 characters.
    AWS: https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
    Example: "shop"
    """
    namespace: str | None = None
    """The Cloud Map namespace: services call each other as `{service}.{namespace}`. None: no calls between services.

    Rule: a domain name of at most 253 characters, with a service's name before it.
    AWS: https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
    Example: "shop.internal"
    """
    network: NetworkLayout | None = None
    """The deployment's own zones and address blocks. None: those of the environment's `[network]`.

    Rule: a `NetworkLayout`.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html
    Example: NetworkLayout(zones=("a", "b"), vpc_cidr="10.1.0.0/16", public_cidrs=("10.1.0.0/24", "10.1.1.0/24"),
    private_cidrs=("10.1.10.0/24", "10.1.11.0/24"), nat="single")
    """
    migration: Migration | None = None
    """The monolith and the microservices that take over its requests; the environment sets their phases.

    Rule: a `Migration`.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
    Example: Migration(monolith="api", microservices=("users", "orders"))
    """
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Tags of your own, of everything in the deployment, beside those of the environment's `[tags]`.

    Rule: as the environment's `tags`.
    AWS: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
    Example: {"Owner": "orders team"}
    """
    accepted_warnings: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Warnings about the deployment that are not reported: by code, the reason.

    Rule: a code of docs/warnings.md and a reason that is not empty.
    Example: {"public-namespace": "No task needs a host under .services."}
    """

    def forwards_to(self, service: Service) -> bool:
        """Return True if the load balancer forwards to the service: by a listener rule, or by the default action."""
        action = self.default_action
        return service.path_prefix is not None or (isinstance(action, ForwardTo) and action.service == service.name)
