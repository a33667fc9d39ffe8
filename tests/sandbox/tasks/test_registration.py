"""Tests of registrations, with boto3's real clients and moto in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from colonnade_sandbox.control_plane.log_store import LogStore
from colonnade_sandbox.control_plane.observations import HealthStatus
from colonnade_sandbox.control_plane.snapshot import (
    ContainerHealthCheck,
    DiscoveryService,
    EcsService,
    HealthCheck,
    ServiceLoadBalancer,
    Snapshot,
    Target,
    TargetGroup,
)
from colonnade_sandbox.tasks.deployment_state import Revision
from colonnade_sandbox.tasks.registration import Registrant, Registrar, RegistrationError, is_registered
from colonnade_sandbox.tasks.scheduler import TaskScheduler
from tests.support.ecs_snapshots import ecs_service, task_definition
from tests.support.task_images import tiny_image

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("mocked_account")]  # the account is set up once


@dataclass(frozen=True)
class Account:
    """A mocked account with a target group, a discovery service and an ECS service of two revisions."""

    elbv2: Any
    servicediscovery: Any
    ecs: Any
    target_group: TargetGroup
    discovery: DiscoveryService
    service: EcsService
    logs: Any = None
    secretsmanager: Any = None
    ssm: Any = None
    sts: Any = None
    iam: Any = None
    endpoint: str = "http://127.0.0.1:9"

    @property
    def snapshot(self) -> Snapshot:
        targets = tuple(Target(address=address, port=7999) for address in self.registered())
        return Snapshot(
            services=(self.service,),
            target_groups={self.target_group.arn: replace(self.target_group, targets=targets)},
            discovery_services=(replace(self.discovery, addresses=tuple(self.discovered())),),
        )

    def registered(self) -> list[str]:
        found = self.elbv2.describe_target_health(TargetGroupArn=self.target_group.arn)
        return [
            each["Target"]["Id"]
            for each in found["TargetHealthDescriptions"]
            if each["TargetHealth"]["State"] not in ("draining", "unused")
        ]

    def discovered(self) -> list[str]:
        found = self.servicediscovery.list_instances(ServiceId=self.discovery.id)["Instances"]
        return [each["Attributes"]["AWS_INSTANCE_IPV4"] for each in found]


@pytest.fixture(scope="module")
def regions() -> Iterator[Iterator[str]]:
    """Yield the regions of one mocked account, one for each test: a second account would take seconds to set up."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "mocked")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "mocked")
        yield iter(boto3.Session().get_available_regions("servicediscovery"))


@pytest.fixture
def account(regions: Iterator[str]) -> Account:
    region = next(regions)
    clients = {name: boto3.client(name, region) for name in ("elbv2", "servicediscovery", "ecs")}
    vpc = boto3.client("ec2", region).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = _target_group(clients["elbv2"], vpc)
    discovery = _discovery_service(clients["servicediscovery"], vpc)
    service = _service(clients["ecs"], group, discovery)
    return Account(**clients, target_group=group, discovery=discovery, service=service)


def _target_group(elbv2: Any, vpc: str) -> TargetGroup:
    made = elbv2.create_target_group(Name="orders", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    check = HealthCheck(
        path="/health", interval_seconds=5, timeout_seconds=2, healthy_threshold=2, unhealthy_threshold=2, matcher="200"
    )
    return TargetGroup(
        arn=made["TargetGroups"][0]["TargetGroupArn"],
        name="orders",
        deregistration_delay_seconds=1,
        health_check=check,
        targets=(),
    )


def _discovery_service(servicediscovery: Any, vpc: str) -> DiscoveryService:
    servicediscovery.create_private_dns_namespace(Name="services", Vpc=vpc)
    namespace = servicediscovery.list_namespaces()["Namespaces"][0]["Id"]
    made = servicediscovery.create_service(
        Name="orders",
        NamespaceId=namespace,
        DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 1}], "RoutingPolicy": "MULTIVALUE"},
    )["Service"]
    return DiscoveryService(
        id=made["Id"], arn=made["Arn"], name="orders", namespace="services", ttl_seconds=1, addresses=()
    )


def _service(ecs: Any, group: TargetGroup, discovery: DiscoveryService) -> EcsService:
    cluster = ecs.create_cluster(clusterName="Services")["cluster"]["clusterArn"]
    container = {"name": "orders", "image": "orders:1", "memory": 512}
    arns = [
        ecs.register_task_definition(family="orders", containerDefinitions=[container])["taskDefinition"][
            "taskDefinitionArn"
        ]
        for _ in range(2)
    ]
    made = ecs.create_service(cluster=cluster, serviceName="orders", taskDefinition=arns[1], desiredCount=1)["service"]
    return replace(
        ecs_service(replace(task_definition(stop_timeout_seconds=1), arn=arns[1]), desired_count=1),
        arn=made["serviceArn"],
        cluster_arn=cluster,
        load_balancers=(ServiceLoadBalancer(target_group_arn=group.arn, container_port=7999),),
        discovery_service_arns=(discovery.arn,),
    )


def registrant(account: Account) -> Registrant:
    return Registrant(
        task_id="0123456789abcdef", address="127.1.0.1", service_name="orders", revision=Revision.of(account.service)
    )


def test_a_registered_task_is_a_target_and_an_instance_until_it_is_deregistered(account: Account) -> None:
    registrar = Registrar(account)
    registrar.register(registrant(account), account.snapshot)
    assert account.registered() == account.discovered() == ["127.1.0.1"]
    assert is_registered(registrant(account), account.snapshot)
    registrar.deregister(registrant(account), account.snapshot)
    assert account.registered() == account.discovered() == []
    assert not is_registered(registrant(account), account.snapshot)


def test_an_instance_carries_the_attributes_that_ecs_gives_it(account: Account) -> None:
    Registrar(account).register(registrant(account), account.snapshot)
    (instance,) = account.servicediscovery.list_instances(ServiceId=account.discovery.id)["Instances"]
    assert instance["Attributes"] == {
        "AWS_INIT_HEALTH_STATUS": "HEALTHY",
        "AWS_INSTANCE_IPV4": "127.1.0.1",
        "ECS_SERVICE_NAME": "orders",
        "ECS_TASK_DEFINITION_FAMILY": "orders",
    }


def test_a_task_with_a_container_health_check_is_unhealthy_in_cloud_map_until_it_passes(account: Account) -> None:
    container = replace(task_definition(2).main_container, health_check=ContainerHealthCheck(command=("true",)))
    definition = replace(task_definition(2), containers=(container,))
    registrar = Registrar(account)
    task = registrant(account)
    task = replace(task, revision=replace(task.revision, task_definition=definition))
    registrar.register(task, account.snapshot)
    (instance,) = account.servicediscovery.list_instances(ServiceId=account.discovery.id)["Instances"]
    assert instance["Attributes"]["AWS_INIT_HEALTH_STATUS"] == "UNHEALTHY"
    statuses = []
    health: HealthStatus
    for health in ("UNHEALTHY", "HEALTHY", "UNKNOWN"):
        registrar.report_health(task, health, account.snapshot)
        found = account.servicediscovery.get_instances_health_status(ServiceId=account.discovery.id)
        statuses.append(found["Status"][task.task_id])
    assert statuses == ["UNHEALTHY", "HEALTHY", "UNHEALTHY"]


def test_the_error_of_a_refused_registration_states_the_reason(account: Account) -> None:
    snapshot = account.snapshot
    account.elbv2.delete_target_group(TargetGroupArn=account.target_group.arn)
    with pytest.raises(RegistrationError, match="TargetGroupNotFound"):
        Registrar(account).register(registrant(account), snapshot)


def test_deregistration_from_a_deleted_resource_is_not_an_error(account: Account) -> None:
    registrar, snapshot = Registrar(account), account.snapshot
    registrar.register(registrant(account), snapshot)
    account.elbv2.delete_target_group(TargetGroupArn=account.target_group.arn)
    registrar.deregister(registrant(account), snapshot)
    assert account.discovered() == []


def test_a_rollback_sets_the_former_task_definition(account: Account) -> None:
    former = account.service.task_definition.arn.replace(":2", ":1")
    Registrar(account).roll_back(account.service, former)
    described = account.ecs.describe_services(cluster=account.service.cluster_arn, services=["orders"])
    assert described["services"][0]["taskDefinition"] == former


def test_the_scheduler_registers_its_tasks_through_the_real_clients(account: Account, tmp_path: Path) -> None:
    scheduler = TaskScheduler(
        aws=account, images=tiny_image(tmp_path), logs=LogStore(), directory=tmp_path, project_root=tmp_path
    )
    deadline = time.monotonic() + 10
    while not account.registered() and time.monotonic() < deadline:
        scheduler.tick(account.snapshot, {})
    (task,) = scheduler.tasks()
    assert account.registered() == account.discovered() == [task.address]
    while scheduler.tasks() and time.monotonic() < deadline:
        scheduler.tick(replace(account.snapshot, services=()), {})
    assert scheduler.tasks() == ()
    assert account.registered() == account.discovered() == []
    scheduler.close()
