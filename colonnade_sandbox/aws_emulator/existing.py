"""Resources that exist before a deployment, put into moto with the ids that its Terraform looks up.

The APIs of AWS choose ids, so these functions write to moto's backends. A resource that is there already stays.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from types import ModuleType

import moto.acm.models
import moto.ec2.models.managed_prefixes
import moto.ec2.models.security_groups
import moto.ec2.models.subnets
import moto.ec2.models.vpcs
from moto.acm.models import CertBundle, acm_backends
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.route53.models import HostedZoneIdentifier, route53_backends
from moto.utilities.id_generator import moto_id_manager

_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
_VPC_BLOCK = "10.0.0.0/16"
_CLIENTS = "130.176.0.0/17"
"""The only entry of each prefix list, a block of CloudFront. The sandbox does not evaluate the entries."""


class ExistingResources:
    """The existing resources in one account and region."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id, self._region = account_id, region
        self._ec2: EC2Backend = ec2_backends[account_id][region]

    def put_vpc(self, vpc_id: str) -> None:
        """Put a VPC with DNS support and DNS host names."""
        if vpc_id in self._ec2.vpcs:
            return
        with _next_id(moto.ec2.models.vpcs, "random_vpc_id", vpc_id):
            self._ec2.create_vpc(_VPC_BLOCK)
        for attribute in ("enable_dns_support", "enable_dns_hostnames"):
            self._ec2.modify_vpc_attribute(vpc_id, attribute, "true")

    def put_subnet(self, subnet_id: str, vpc_id: str, zone: int) -> None:
        """Put a subnet in the zone of this number, from 0, with the next free block of the VPC."""
        there = [each for by_zone in self._ec2.subnets.values() for each in by_zone.values()]
        if subnet_id in [each.id for each in there]:
            return
        block = sum(each.vpc_id == vpc_id for each in there)
        zones = [each.name for each in self._ec2.describe_availability_zones()]
        with _next_id(moto.ec2.models.subnets, "random_subnet_id", subnet_id):
            self._ec2.create_subnet(vpc_id, f"10.0.{block}.0/24", availability_zone=zones[zone % len(zones)])

    def put_security_group(self, group_id: str) -> None:
        """Create a security group with this id, in the default VPC.

        Its VPC does not matter: the emulator accepts rules between groups of different VPCs.
        """
        if self._ec2.get_security_group_from_id(group_id) is None:
            with _next_id(moto.ec2.models.security_groups, "random_security_group_id", group_id):
                self._ec2.create_security_group(group_id, "An existing security group")

    def put_prefix_list(self, *, id_: str | None, name: str | None) -> None:
        """Put an IPv4 prefix list.

        Without `id_`, its id is derived from the name, so that every emulator has the same id. moto has some of AWS's
        own lists, with random ids.
        """
        id_ = id_ if id_ is not None else f"pl-{hashlib.sha256(str(name).encode()).hexdigest()[:8]}"
        lists = self._ec2.managed_prefix_lists
        for known in [each for each in lists.values() if each.prefix_list_name == name]:
            del lists[known.id]
        if id_ not in lists:
            with _next_id(moto.ec2.models.managed_prefixes, "random_managed_prefix_list_id", id_):
                self._ec2.create_managed_prefix_list(
                    address_family="IPv4",
                    entry=[{"Cidr": _CLIENTS, "Description": ""}],
                    max_entries="1",
                    prefix_list_name=name if name is not None else id_,
                )

    def put_certificate(self, arn: str, domain: str, other_names: Sequence[str]) -> None:
        """Put an issued certificate."""
        certificates = acm_backends[self._account_id][self._region]._certificates
        if arn not in certificates:
            certificate = CertBundle.generate_cert(domain, self._account_id, self._region, sans=list(other_names))
            certificate.arn = arn
            certificates[arn] = certificate

    def put_listener(self, arn: str, subnet_ids: Sequence[str], names: Sequence[str]) -> None:
        """Put an HTTPS listener with a certificate for the names, its load balancer, and the load balancer's security
        group, which lets clients in on port 443."""
        elbv2 = elbv2_backends[self._account_id][self._region]
        start, name, load_balancer_id, listener_id = arn.rsplit("/", 3)
        load_balancer_arn = f"{start.replace(':listener/', ':loadbalancer/')}/{name}/{load_balancer_id}"
        if load_balancer_arn not in elbv2.load_balancers:
            group_id = f"sg-{load_balancer_id}0"
            subnet = next(each for each in self._ec2.describe_subnets() if each.id == subnet_ids[0])
            with _next_id(moto.ec2.models.security_groups, "random_security_group_id", group_id):
                self._ec2.create_security_group(group_id, "The existing load balancer", vpc_id=subnet.vpc_id)
            self._ec2.authorize_security_group_ingress(group_id, "tcp", "443", "443", [{"CidrIp": "0.0.0.0/0"}])
            made = elbv2.create_load_balancer(name, [group_id], list(subnet_ids), subnet_mappings=[])
            del elbv2.load_balancers[made.arn]
            made.arn = load_balancer_arn
            elbv2.load_balancers[load_balancer_arn] = made
        listeners = elbv2.load_balancers[load_balancer_arn].listeners
        if arn not in listeners:
            certificate = f"arn:aws:acm:{self._region}:{self._account_id}:certificate/{listener_id}"
            self.put_certificate(certificate, names[0], names)
            answer = {
                "Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"},
            }
            made = elbv2.create_listener(load_balancer_arn, "HTTPS", "443", _TLS_POLICY, certificate, [answer])
            del listeners[made.arn]
            made.arn = arn
            listeners[arn] = made

    def put_cluster(self, name: str) -> None:
        """Put an active ECS cluster with the capacity providers of Fargate."""
        ecs = ecs_backends[self._account_id][self._region]
        if name not in ecs.clusters:
            ecs.create_cluster(name, capacity_providers=["FARGATE", "FARGATE_SPOT"])

    def put_zone(self, zone_id: str, name: str) -> None:
        """Put a public hosted zone."""
        zones = route53_backends[self._account_id]["aws"]
        if zone_id not in zones.zones:
            identifier = HostedZoneIdentifier(self._account_id, f"{name}.", None)
            with _identified(identifier, zone_id):
                zones.create_hosted_zone(f"{name}.", False, zone_id)


@contextlib.contextmanager
def _next_id(module: ModuleType, generator: str, id_: str) -> Iterator[None]:
    """Make moto give this id to a resource that is created within the context."""
    usual = getattr(module, generator)
    setattr(module, generator, lambda *_args, **_settings: id_)
    try:
        yield
    finally:
        setattr(module, generator, usual)


@contextlib.contextmanager
def _identified(identifier: HostedZoneIdentifier, id_: str) -> Iterator[None]:
    moto_id_manager.set_custom_id(identifier, id_)
    try:
        yield
    finally:
        moto_id_manager.unset_custom_id(identifier)
