"""Names inside a VPC: Cloud Map private DNS namespace -> one discovery service per ECS service.

ECS registers each task there, so that `{service}.{namespace}` resolves to its tasks.
"""

from __future__ import annotations

from typing import Any, Final

from colonnade.modules.existing_network import AnyNetwork
from colonnade.modules.provider import aws, constructs, service_tag


class ServiceDiscovery(constructs.Construct):
    """A private DNS namespace of one network.

    Inputs:
        name: The namespace, such as 'shop', for names such as `{service}.shop`. Do not use a public domain: inside the
            network, the namespace hides its public names.
        network: The network that resolves it.

    Resources: `aws_service_discovery_private_dns_namespace`, and an `aws_service_discovery_service` for each service.

    Outputs: `namespace_id`; `discovery_service(name)` adds a service and returns the ARN of its registry.
    `FargateService` calls it.
    """

    def __init__(self, scope: Any, id_: str, *, name: str, network: AnyNetwork) -> None:
        super().__init__(scope, id_)
        self._namespace = aws.service_discovery_private_dns_namespace.ServiceDiscoveryPrivateDnsNamespace(
            self, "this", name=name, vpc=network.vpc_id
        )
        self.namespace_id: Final[str] = self._namespace.id

    def discovery_service(self, name: str, *, ttl_seconds: int) -> str:
        """Add `name` to the namespace; return the ARN of the registry in which an ECS service registers its tasks."""
        service_discovery = aws.service_discovery_service
        record = service_discovery.ServiceDiscoveryServiceDnsConfigDnsRecords(type="A", ttl=ttl_seconds)
        service = service_discovery.ServiceDiscoveryService(
            self,
            f"{name}_service",
            name=name,
            # With MULTIVALUE, a DNS answer contains the addresses of up to eight tasks, in changing order.
            dns_config=service_discovery.ServiceDiscoveryServiceDnsConfig(
                namespace_id=self._namespace.id, dns_records=[record], routing_policy="MULTIVALUE"
            ),
            # ECS reports the health of each task. The failure threshold is deprecated, and 1 is its only valid value.
            # It stays, because the provider would replace a service without it.
            health_check_custom_config=service_discovery.ServiceDiscoveryServiceHealthCheckCustomConfig(
                failure_threshold=1
            ),
            # ECS may deregister the last task a moment after its ECS service is deleted. Until then, Cloud Map refuses
            # to delete the discovery service, and the provider does not retry.
            force_destroy=True,
            tags=service_tag(name),
        )
        arn: str = service.arn
        return arn
