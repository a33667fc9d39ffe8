"""The resources that use another resource, so that EC2 and ACM refuse to delete that one. This module changes nothing.

The network interfaces of tasks come from the scheduler's observations, all other resources from moto.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ec2.models import EC2Backend
from moto.elbv2.models import FakeLoadBalancer, elbv2_backends

from colonnade_sandbox.control_plane.observations import Observations, TaskObservation


def security_group_users(ec2: EC2Backend, group_id: str, observations: Observations) -> Iterator[str]:
    """Yield the load balancers, tasks, endpoints and rules of other groups that use a security group."""
    yield from (each.arn for each in _load_balancers(ec2) if group_id in (each.security_groups or []))
    yield from (task.id for task in _tasks(observations) if group_id in task.network.security_groups)
    yield from (each.id for each in _endpoints(ec2) if group_id in each.security_group_ids)
    for groups in ec2.groups.values():
        for other in groups.values():
            rules = [*other.ingress_rules, *other.egress_rules]
            if other.id != group_id and any(rule.source_group.get("GroupId") == group_id for rule in rules):
                yield other.id


def subnet_users(ec2: EC2Backend, subnet_id: str, observations: Observations) -> Iterator[str]:
    """Yield the load balancers, tasks, endpoints and NAT gateways with a network interface in a subnet."""
    yield from (each.arn for each in _load_balancers(ec2) if subnet_id in [subnet.id for subnet in each.subnets])
    yield from (task.id for task in _tasks(observations) if subnet_id in task.network.subnets)
    yield from (each.id for each in _endpoints(ec2) if subnet_id in (each.subnet_ids or []))
    yield from (each.id for each in _nat_gateways(ec2) if each.subnet_id == subnet_id)


def public_address_users(ec2: EC2Backend, vpc_id: str) -> Iterator[str]:
    """Yield the load balancers and NAT gateways of a VPC that have a public address."""
    yield from (each.arn for each in _load_balancers(ec2) if each.vpc_id == vpc_id and each.scheme != "internal")
    yield from (each.id for each in _nat_gateways(ec2) if each.vpc_id == vpc_id)


def vpc_users(ec2: EC2Backend, vpc_id: str) -> Iterator[str]:
    """Yield the security groups, internet gateways and endpoints of a VPC; moto checks subnets and route tables."""
    yield from (group.id for group in ec2.groups.get(vpc_id, {}).values() if group.name != "default")
    yield from (each.id for each in ec2.internet_gateways.values() if each.vpc is not None and each.vpc.id == vpc_id)
    yield from (each.id for each in _endpoints(ec2) if each.vpc_id == vpc_id)


def certificate_users(account_id: str, region: str, certificate_arn: str) -> Iterator[str]:
    """Yield the listeners that serve a certificate."""
    for load_balancer in elbv2_backends[account_id][region].load_balancers.values():
        yield from (arn for arn, each in load_balancer.listeners.items() if certificate_arn in each.certificates)


def _load_balancers(ec2: EC2Backend) -> list[FakeLoadBalancer]:
    return list(elbv2_backends[ec2.account_id][ec2.region_name].load_balancers.values())


def _nat_gateways(ec2: EC2Backend) -> list[Any]:
    return [each for each in ec2.nat_gateways.values() if each.state != "deleted"]


def _endpoints(ec2: EC2Backend) -> list[Any]:
    return [each for each in ec2.vpc_end_points.values() if each.state != "deleted"]


def _tasks(observations: Observations) -> Iterator[TaskObservation]:
    for service in observations.services.values():
        yield from (task for task in service.tasks if task.status != "STOPPED")
