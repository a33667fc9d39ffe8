"""The reader of Cloud Map: ListNamespaces, ListServices and DiscoverInstances -> `DiscoveryService`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.control_plane.snapshot import DiscoveryService


def read_discovery_services(aws: AwsClients) -> tuple[DiscoveryService, ...]:
    """Return every discovery service of every private DNS namespace, with the addresses that its name resolves to."""
    cloud_map = aws.servicediscovery
    namespaces = {
        namespace["Id"]: namespace["Name"]
        for page in cloud_map.get_paginator("list_namespaces").paginate()
        for namespace in page["Namespaces"]
        if namespace["Type"] == "DNS_PRIVATE"
    }
    services = [
        service
        for page in cloud_map.get_paginator("list_services").paginate()
        for service in page["Services"]
        if service["DnsConfig"].get("NamespaceId") in namespaces
    ]
    return tuple(
        _discovery_service(cloud_map, service, namespaces[service["DnsConfig"]["NamespaceId"]]) for service in services
    )


def _discovery_service(cloud_map: Any, service: Mapping[str, Any], namespace: str) -> DiscoveryService:
    found = cloud_map.discover_instances(NamespaceName=namespace, ServiceName=service["Name"], HealthStatus="HEALTHY")
    addresses = (instance["Attributes"].get("AWS_INSTANCE_IPV4") for instance in found["Instances"])
    return DiscoveryService(
        id=service["Id"],
        arn=service["Arn"],
        name=service["Name"],
        namespace=namespace,
        ttl_seconds=min(record["TTL"] for record in service["DnsConfig"]["DnsRecords"]),
        addresses=tuple(address for address in addresses if address is not None),
    )
