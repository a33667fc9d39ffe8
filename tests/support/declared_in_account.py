"""A deployment that names things of an account, with the IDs and ARNs of those that exist and of those that do not.

`seeded_account` has the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.domain import CertificateSettings, ZoneSettings
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.listener import ListenerSettings
from colonnade.model.environment.settings import DeploymentSettings, Environment
from colonnade.model.environment.tables import IamSettings, NetworkSettings
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.resolved import Resolved
from colonnade.model.service.container import Sidecar
from colonnade.model.service.secrets import SecretsManagerSecret, SsmParameter
from tests.support.specs import deployment, environment, resolved, service

ACCOUNT, REGION = "123456789012", "eu-west-1"
CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing"


def _id(kind: str, number: int) -> str:
    return f"{kind}-0a1b2c3d4e5f6{number:04}"


def _network(vpc: int) -> ExistingNetwork:
    """Return the network of a seeded VPC: two public and two private subnets."""
    public, private = ((_id("subnet", vpc * 10 + at), _id("subnet", vpc * 10 + at + 1)) for at in (1, 3))
    return ExistingNetwork(vpc_id=_id("vpc", vpc), public_subnet_ids=public, private_subnet_ids=private)


def _certificate(number: int, *domains: str) -> CertificateSettings:
    arn = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/a1b2c3d4-5678-90ab-cdef-{number:012}"
    return CertificateSettings(arn=arn, domains=domains or ("example.com", "*.example.com"))


GOOD, NO_VPC, NO_DNS = (_network(number) for number in (1, 2, 3))
NO_ROUTE, SAME_ZONE = _id("subnet", 16), _id("subnet", 17)  # in the first VPC and its first zone
PUBLIC, PRIVATE = GOOD.public_subnet_ids, GOOD.private_subnet_ids
MISSING_SUBNET, FOREIGN_SUBNET = _id("subnet", 99), NO_DNS.private_subnet_ids[1]
GROUP, MISSING_GROUP = _id("sg", 1), _id("sg", 9)
LIST, IPV6_LIST, MISSING_LIST = _id("pl", 1), _id("pl", 2), _id("pl", 9)
ISSUED, EXPIRED, OTHER, MISSING = (_certificate(number) for number in range(1, 5))
ZONE, OTHER_ZONE = "Z1111111111111", "Z2222222222222"
ZONE_ROLE, UNTRUSTING = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("dns", "untrusting"))


def _listener(number: int, first: int = 1000) -> ListenerSettings:
    name = f"app/web{number}/50dc6c495c0c918{number}/f2f7dc8efc522ab{number}"
    arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/{name}"
    return ListenerSettings(arn=arn, priorities=(first, first + 999))


LISTENER, TAKEN = _listener(1), _listener(1, 2000)
HTTP_LISTENER, FOREIGN_LISTENER, OTHER_LISTENER, NO_LISTENER = (_listener(number) for number in range(2, 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The things that a deployment names in the account; values of `made` are given by their keys."""

    bucket: str = "colonnade-test-state"
    zone_name: str = "example.com"
    zone: str | None = None
    zone_role: str | None = None
    certificate: CertificateSettings | None = ISSUED
    acl: str = "acl"
    network: ExistingNetwork = GOOD
    cluster: str = "platform"
    clients: str = CLOUDFRONT
    prefix_list: str = LIST
    group: str = GROUP
    version: str = "1.0.0"
    sidecar: str = "amd64"
    secrets: Mapping[str, tuple[str, str | None, str | None]] = field(
        default_factory=lambda: {"PAYMENT": ("shop/payment", "key", "key"), "PLAIN": ("shop/plain", None, None)}
    )
    parameter: str = "/shop/flags"
    parameter_key: str = "key"
    boundary: str = "boundary"
    service: str = "orders"
    listener: ListenerSettings | None = None

    def environment(self, made: Mapping[str, str]) -> Environment:
        connections = {
            "orders-db": ConnectionSettings(port=5432, host="db.example.com", security_group_id=self.group),
            "mail": ConnectionSettings(port=587, host="mail.example.com", prefix_list_id=self.prefix_list),
        }
        settings = DeploymentSettings(
            ingress=IngressSettings(prefix_list=self.clients) if self.listener is None else None,
            listener=self.listener,
            connections=connections,
            cluster_name=self.cluster,
        )
        base = environment(
            account_id=ACCOUNT,
            state_bucket=self.bucket,
            zone_name=self.zone_name,
            zone=ZoneSettings(id=made.get(self.zone, self.zone) if self.zone else None, role_arn=self.zone_role),
            network=NetworkSettings(existing=self.network),
            certificate=self.certificate,
            iam=IamSettings(permissions_boundary_arn=made[self.boundary]),
            deployments={"shop": settings},
            images={"orders": self.version, "metrics": made[self.sidecar]},
        )
        return replace(base, protection=replace(base.protection, web_acl_arn=made[self.acl]))

    def deployment(self, made: Mapping[str, str]) -> Resolved:
        secrets = {
            variable: SecretsManagerSecret(
                made.get(name, name), json_key=json_key, kms_key_arn=made[key] if key is not None else None
            )
            for variable, (name, json_key, key) in self.secrets.items()
        }
        flags = SsmParameter(self.parameter, kms_key_arn=made[self.parameter_key])
        orders = service(
            self.service,
            "/orders",
            image_name="orders",
            connections=("orders-db", "mail"),
            secrets=secrets,
            sidecars=(Sidecar(name="metrics", image="metrics", secrets={"FLAGS": flags}),),
        )
        return resolved(deployment(orders), self.environment(made))
