"""Cloud Map for the emulator. This module closes these gaps of moto 5.2.5:

DiscoverInstances does not find a service whose namespace is given in its DnsConfig, as the provider does it. A second
RegisterInstance with the same id adds a second instance, and each is HEALTHY, even if AWS_INIT_HEALTH_STATUS is
UNHEALTHY. DeleteService removes a service that has instances, DeleteNamespace a namespace that has services, and
CreateService accepts a name that is taken. AWS refuses these
(https://docs.aws.amazon.com/cloud-map/latest/api/API_Operations.html).
"""

from __future__ import annotations

import json

import moto.servicediscovery.urls
from moto.core.exceptions import JsonRESTError
from moto.servicediscovery.responses import ServiceDiscoveryResponse

from colonnade_sandbox.control_plane.observations import Observations


class _Responses(ServiceDiscoveryResponse):  # type: ignore[misc]
    def create_service(self) -> str:
        self._refuse_taken_name()
        answer: str = super().create_service()
        service = self.servicediscovery_backend.get_service(json.loads(answer)["Service"]["Id"])
        if service.namespace_id is None:
            service.namespace_id = service.dns_config["NamespaceId"]
        return json.dumps({"Service": service.to_json()})

    def register_instance(self) -> str:
        service = self.servicediscovery_backend.get_service(self._get_param("ServiceId"))
        instance = self._get_param("InstanceId")
        service.instances = [each for each in service.instances if each.instance_id != instance]
        answer: str = super().register_instance()
        registered = self.servicediscovery_backend.get_instance(service.id, instance)
        registered.health_status = registered.attributes.get("AWS_INIT_HEALTH_STATUS", "HEALTHY")
        return answer

    def delete_namespace(self) -> str:
        services = self.servicediscovery_backend.services.values()
        if any(each.namespace_id == self._get_param("Id") for each in services):
            raise JsonRESTError("ResourceInUse", "Namespace contains services; delete the services first")
        answer: str = super().delete_namespace()
        return answer

    def _refuse_taken_name(self) -> None:
        name = self._get_param("Name")
        namespace = self._get_param("NamespaceId") or self._get_param("DnsConfig", {}).get("NamespaceId")
        services = self.servicediscovery_backend.services.values()
        if any((each.name, each.namespace_id) == (name, namespace) for each in services):
            raise JsonRESTError("ServiceAlreadyExists", f"Service already exists: {name}")

    def delete_service(self) -> str:
        if self.servicediscovery_backend.get_service(self._get_param("Id")).instances:
            raise JsonRESTError("ResourceInUse", "Service contains registered instances; delete the instances first")
        answer: str = super().delete_service()
        return answer


def install(_observations: Observations) -> None:
    """Serve the Cloud Map API with these responses."""
    moto.servicediscovery.urls.url_paths = {"{0}/$": _Responses.dispatch}
