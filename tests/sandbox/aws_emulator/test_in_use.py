"""The emulator refuses what AWS refuses: the deletion of what is in use, and names that are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from colonnade_sandbox.aws_emulator.server import AwsEmulator
from colonnade_sandbox.control_plane.observations import Observations, ServiceObservation
from colonnade_sandbox.control_plane.snapshot import TaskNetwork
from tests.support.ecs_snapshots import task_observation

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("emulator")]


@dataclass(frozen=True, slots=True)
class Account:
    """An emulator in this process, and what its scheduler has observed."""

    endpoint: str
    observations: Observations

    def client(self, name: str) -> Any:
        return boto3.client(
            name,
            endpoint_url=self.endpoint,
            region_name="eu-west-1",
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(inject_host_prefix=False),
        )


@pytest.fixture
def account() -> Iterator[Account]:
    observations = Observations()
    emulator = AwsEmulator(account_id="210987654321", observations=observations)
    emulator.start()
    yield Account(emulator.endpoint, observations)
    emulator.close()


class Network:
    """A VPC with two subnets, an internet gateway and a security group."""

    def __init__(self, ec2: Any) -> None:
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
                "Subnet"
            ]["SubnetId"]
            for number, zone in enumerate("ab")
        ]
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.group = self.security_group(ec2, "own")

    def security_group(self, ec2: Any, name: str) -> str:
        return str(ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"])


@pytest.fixture
def network(account: Account) -> Network:
    return Network(account.client("ec2"))


def _refused(call: Callable[..., Any], **request: Any) -> str:
    """Return the code with which the call is refused."""
    with pytest.raises(ClientError) as refusal:
        call(**request)
    return str(refusal.value.response["Error"]["Code"])


def _load_balancer(account: Account, network: Network) -> str:
    made = account.client("elbv2").create_load_balancer(
        Name="front", Subnets=network.subnets, SecurityGroups=[network.group]
    )
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def _target_group(account: Account, network: Network, name: str = "orders") -> str:
    made = account.client("elbv2").create_target_group(
        Name=name, Protocol="HTTP", Port=80, VpcId=network.vpc, TargetType="ip"
    )
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def test_what_a_load_balancer_uses_is_kept_until_it_is_deleted(account: Account, network: Network) -> None:
    ec2, elbv2 = account.client("ec2"), account.client("elbv2")
    arn = _load_balancer(account, network)
    detach = {"InternetGatewayId": network.gateway, "VpcId": network.vpc}
    assert _refused(ec2.delete_security_group, GroupId=network.group) == "DependencyViolation"
    assert _refused(ec2.delete_subnet, SubnetId=network.subnets[0]) == "DependencyViolation"
    assert _refused(ec2.detach_internet_gateway, **detach) == "DependencyViolation"
    elbv2.delete_load_balancer(LoadBalancerArn=arn)
    ec2.delete_security_group(GroupId=network.group)
    ec2.delete_subnet(SubnetId=network.subnets[0])
    ec2.detach_internet_gateway(**detach)


def test_what_a_task_uses_is_kept_until_the_task_has_stopped(account: Account, network: Network) -> None:
    ec2 = account.client("ec2")
    own = TaskNetwork(subnets=tuple(sorted(network.subnets)), security_groups=(network.group,))
    stopping, stopped = (task_observation("1", status, network=own) for status in ("STOPPING", "STOPPED"))

    def observe(task: Any) -> None:
        service = ServiceObservation(deployments=(), running_count=0, pending_count=0, events=(), tasks=(task,))
        account.observations.services = {"arn:aws:ecs:eu-west-1:1:service/c/orders": service}

    observe(stopping)
    assert _refused(ec2.delete_security_group, GroupId=network.group) == "DependencyViolation"
    assert _refused(ec2.delete_subnet, SubnetId=network.subnets[1]) == "DependencyViolation"
    observe(stopped)
    ec2.delete_security_group(GroupId=network.group)
    ec2.delete_subnet(SubnetId=network.subnets[1])


def test_a_security_group_is_kept_while_a_rule_of_another_group_refers_to_it(
    account: Account, network: Network
) -> None:
    ec2 = account.client("ec2")
    other = network.security_group(ec2, "other")
    rule = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": network.group}]}]
    ec2.authorize_security_group_egress(GroupId=other, IpPermissions=rule)
    ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=rule)  # refers to its own group
    assert _refused(ec2.delete_security_group, GroupId=network.group) == "DependencyViolation"
    ec2.revoke_security_group_egress(GroupId=other, IpPermissions=rule)
    ec2.delete_security_group(GroupId=network.group)


def test_a_nat_gateway_holds_its_subnet_and_the_way_to_the_internet(account: Account, network: Network) -> None:
    ec2 = account.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=network.subnets[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
    detach = {"InternetGatewayId": network.gateway, "VpcId": network.vpc}
    assert _refused(ec2.delete_subnet, SubnetId=network.subnets[0]) == "DependencyViolation"
    assert _refused(ec2.detach_internet_gateway, **detach) == "DependencyViolation"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.delete_subnet(SubnetId=network.subnets[0])
    ec2.detach_internet_gateway(**detach)


def test_a_vpc_is_kept_while_it_has_subnets_a_gateway_or_security_groups(account: Account, network: Network) -> None:
    ec2 = account.client("ec2")
    assert _refused(ec2.delete_internet_gateway, InternetGatewayId=network.gateway) == "DependencyViolation"
    for subnet in network.subnets:
        assert _refused(ec2.delete_vpc, VpcId=network.vpc) == "DependencyViolation"
        ec2.delete_subnet(SubnetId=subnet)
    assert _refused(ec2.delete_vpc, VpcId=network.vpc) == "DependencyViolation"
    ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    assert _refused(ec2.delete_vpc, VpcId=network.vpc) == "DependencyViolation"
    ec2.delete_security_group(GroupId=network.group)
    ec2.delete_vpc(VpcId=network.vpc)


def test_a_certificate_and_a_target_group_are_kept_while_a_listener_uses_them(
    account: Account, network: Network
) -> None:
    acm, elbv2 = account.client("acm"), account.client("elbv2")
    certificate = acm.request_certificate(DomainName="a.localhost", ValidationMethod="DNS")["CertificateArn"]
    group = _target_group(account, network)
    listener = elbv2.create_listener(
        LoadBalancerArn=_load_balancer(account, network),
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Listeners"][0]["ListenerArn"]
    assert _refused(acm.delete_certificate, CertificateArn=certificate) == "ResourceInUseException"
    assert _refused(elbv2.delete_target_group, TargetGroupArn=group) == "ResourceInUse"
    elbv2.delete_listener(ListenerArn=listener)
    acm.delete_certificate(CertificateArn=certificate)
    elbv2.delete_target_group(TargetGroupArn=group)


def test_names_and_ports_that_are_taken_are_refused(account: Account, network: Network) -> None:
    ec2, elbv2 = account.client("ec2"), account.client("elbv2")
    arn = _load_balancer(account, network)
    _target_group(account, network)
    listener = {
        "LoadBalancerArn": arn,
        "Protocol": "HTTP",
        "Port": 80,
        "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    }
    elbv2.create_listener(**listener)
    assert _refused(elbv2.create_listener, **listener) == "DuplicateListener"
    assert _refused(elbv2.create_load_balancer, Name="front", Subnets=network.subnets) == "DuplicateLoadBalancerName"
    again = {"Name": "orders", "Protocol": "HTTP", "Port": 8080, "VpcId": network.vpc, "TargetType": "ip"}
    assert _refused(elbv2.create_target_group, **again) == "DuplicateTargetGroupName"
    same = {"GroupName": "own", "Description": "again", "VpcId": network.vpc}
    assert _refused(ec2.create_security_group, **same) == "InvalidGroup.Duplicate"


def test_a_namespace_is_kept_while_it_has_services_whose_names_are_unique(account: Account) -> None:
    cloud_map = account.client("servicediscovery")
    operation = cloud_map.create_private_dns_namespace(Name="apps", Vpc="vpc-1")["OperationId"]
    namespace = cloud_map.get_operation(OperationId=operation)["Operation"]["Targets"]["NAMESPACE"]
    config = {"NamespaceId": namespace, "DnsRecords": [{"Type": "A", "TTL": 1}]}
    service = cloud_map.create_service(Name="orders", DnsConfig=config)["Service"]["Id"]
    assert _refused(cloud_map.create_service, Name="orders", DnsConfig=config) == "ServiceAlreadyExists"
    assert _refused(cloud_map.delete_namespace, Id=namespace) == "ResourceInUse"
    cloud_map.delete_service(Id=service)
    cloud_map.delete_namespace(Id=namespace)


def test_a_cluster_is_kept_while_it_has_services(account: Account) -> None:
    ecs = account.client("ecs")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(family="app", memory="512", containerDefinitions=[{"name": "app", "image": "app:1"}])
    ecs.create_service(cluster="c", serviceName="orders", taskDefinition="app", desiredCount=0)
    assert _refused(ecs.delete_cluster, cluster="c") == "ClusterContainsServicesException"
    ecs.delete_service(cluster="c", service="orders")
    ecs.delete_cluster(cluster="c")
