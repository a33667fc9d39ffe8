"""The reader turns the resources of a running emulator into a snapshot, and reads again only after a change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from colonnade_sandbox.control_plane.clients import ACCESS_KEY_ID, SECRET_ACCESS_KEY, AwsClients, connect
from colonnade_sandbox.control_plane.reader import Reader
from colonnade_sandbox.control_plane.snapshot import (
    Condition,
    Container,
    ContainerDependency,
    ContainerHealthCheck,
    DiscoveryService,
    FixedResponseAction,
    ForwardAction,
    HealthCheck,
    MountPoint,
    RedirectAction,
    ServiceLoadBalancer,
    Snapshot,
    Target,
    Tmpfs,
    WeightedTargetGroup,
)
from tests.support.terraform import emulated_account

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("emulator")]

_REDIRECT = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
_FIXED = {"StatusCode": "200", "ContentType": "application/json", "MessageBody": "{}"}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsClients]:
    with emulated_account(
        account_id="123456789012", region="eu-west-1", zone_name="a.localhost", state_bucket="a-bucket"
    ) as account:
        yield connect(endpoint=account.endpoint, region="eu-west-1")


@pytest.fixture(scope="module")
def group(aws: AwsClients) -> str:
    made = aws.elbv2.create_target_group(
        Name="orders",
        Protocol="HTTP",
        Port=80,
        VpcId=_subnets(aws)[0],
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
        HealthCheckPort="9000",
        HealthCheckProtocol="HTTPS",
        Matcher={"HttpCode": "200-299"},
    )
    arn = str(made["TargetGroups"][0]["TargetGroupArn"])
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "3"}
    aws.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
    aws.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": "127.0.1.1", "Port": 7071}])
    return arn


@pytest.fixture(scope="module")
def balancer(aws: AwsClients) -> str:
    _, *subnets = _subnets(aws)
    made = aws.elbv2.create_load_balancer(Name="front", Type="application", Subnets=subnets)
    arn = str(made["LoadBalancers"][0]["LoadBalancerArn"])
    attributes = [
        {"Key": "idle_timeout.timeout_seconds", "Value": "30"},
        {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"},
    ]
    aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)
    return arn


@pytest.fixture(scope="module")
def listener(aws: AwsClients, balancer: str, group: str) -> str:
    certificate = aws.acm.request_certificate(
        DomainName="a.localhost", SubjectAlternativeNames=["*.a.localhost"], ValidationMethod="DNS"
    )["CertificateArn"]
    aws.acm.describe_certificate(CertificateArn=certificate)
    aws.elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": _REDIRECT}],
    )
    https = aws.elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": _FIXED}],
    )["Listeners"][0]["ListenerArn"]
    shares = [{"TargetGroupArn": group, "Weight": 9}]
    patterns = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/orders", "/orders/*"]}}
    for priority, action in ((20, {"TargetGroupArn": group}), (10, {"ForwardConfig": {"TargetGroups": shares}})):
        aws.elbv2.create_rule(
            ListenerArn=https, Priority=priority, Conditions=[patterns], Actions=[{"Type": "forward", **action}]
        )
    return str(https)


@pytest.fixture(scope="module")
def discovery_service(aws: AwsClients) -> dict[str, str]:
    cloud_map = aws.servicediscovery
    operation = cloud_map.create_private_dns_namespace(Name="apps", Vpc="vpc-1")["OperationId"]
    namespace = cloud_map.get_operation(OperationId=operation)["Operation"]["Targets"]["NAMESPACE"]
    config = {"NamespaceId": namespace, "DnsRecords": [{"Type": "A", "TTL": 7}]}
    made: dict[str, str] = cloud_map.create_service(Name="orders", DnsConfig=config)["Service"]
    for address, health in (("127.0.1.1", "HEALTHY"), ("127.0.1.2", "HEALTHY"), ("127.0.1.3", "UNHEALTHY")):
        attributes = {"AWS_INSTANCE_IPV4": address, "AWS_INIT_HEALTH_STATUS": health}
        cloud_map.register_instance(ServiceId=made["Id"], InstanceId=address, Attributes=attributes)
    return made


def _subnets(aws: AwsClients) -> tuple[str, str, str]:
    """Create a VPC with two subnets and return their ids."""
    ec2: Any = boto3.client(
        "ec2",
        endpoint_url=aws.endpoint,
        region_name=aws.region,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = (("10.0.0.0/24", "eu-west-1a"), ("10.0.1.0/24", "eu-west-1b"))
    first, second = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for block, zone in zones
    )
    return vpc, first, second


def _read(aws: AwsClients) -> Snapshot:
    return Reader(aws, lambda _service: 1).read()


def test_a_load_balancer_is_read_with_its_attributes(aws: AwsClients, balancer: str) -> None:
    (read,) = _read(aws).load_balancers
    assert (read.arn, read.name) == (balancer, "front")
    assert (read.idle_timeout_seconds, read.drop_invalid_header_fields) == (30, True)


def test_listeners_are_read_with_certificate_and_rules_by_priority(aws: AwsClients, listener: str, group: str) -> None:
    http, https = sorted(_read(aws).load_balancers[0].listeners, key=lambda each: each.port)
    assert (http.protocol, http.port, http.certificate_domains) == ("HTTP", 80, ())
    assert [rule.action for rule in http.rules] == [
        RedirectAction(protocol="HTTPS", host="#{host}", port="443", path="/#{path}", query="#{query}", status_code=301)
    ]
    assert (https.arn, https.protocol, https.certificate_domains) == (
        listener,
        "HTTPS",
        ("a.localhost", "*.a.localhost"),
    )
    assert [rule.priority for rule in https.rules] == [10, 20, None]
    assert https.rules[0].conditions == (Condition(field="path-pattern", values=("/orders", "/orders/*")),)
    assert [rule.action for rule in https.rules] == [
        ForwardAction(target_groups=(WeightedTargetGroup(target_group_arn=group, weight=9),)),
        ForwardAction(target_groups=(WeightedTargetGroup(target_group_arn=group, weight=1),)),
        FixedResponseAction(status_code=200, content_type="application/json", message_body="{}"),
    ]


def test_a_target_group_is_read_with_its_health_check_and_targets(aws: AwsClients, group: str) -> None:
    read = _read(aws).target_groups[group]
    assert read.deregistration_delay_seconds == 3
    assert read.health_check == HealthCheck(
        path="/health",
        interval_seconds=5,
        timeout_seconds=2,
        healthy_threshold=2,
        unhealthy_threshold=3,
        matcher="200-299",
        port=9000,
        protocol="HTTPS",
    )
    assert read.targets == (Target(address="127.0.1.1", port=7071),)


def test_the_protocol_version_of_a_target_group_is_not_read(aws: AwsClients) -> None:
    common = {"Protocol": "HTTP", "Port": 80, "VpcId": _subnets(aws)[0], "TargetType": "ip", "HealthCheckPath": "/x"}
    arns = [
        aws.elbv2.create_target_group(Name=f"version-{number}", ProtocolVersion=version, **common)["TargetGroups"][0][
            "TargetGroupArn"
        ]
        for number, version in enumerate(("HTTP1", "GRPC"))
    ]
    http1, grpc = (_read(aws).target_groups[arn] for arn in arns)
    assert replace(grpc, arn=http1.arn, name=http1.name) == http1
    for arn in arns:
        aws.elbv2.delete_target_group(TargetGroupArn=arn)


def test_a_service_is_read_with_its_container_and_registrations(aws: AwsClients, group: str) -> None:
    ecs = aws.ecs
    ecs.create_cluster(clusterName="c")
    container = {
        "name": "app",
        "image": "registry/orders:1",
        "portMappings": [{"containerPort": 7071}],
        "environment": [{"name": "PORT", "value": "7071"}],
        "secrets": [{"name": "FLAGS", "valueFrom": "/shop/flags"}],
        "stopTimeout": 8,
    }
    role = "arn:aws:iam::123456789012:role/orders"
    task = ecs.register_task_definition(
        family="orders", memory="512", taskRoleArn=role, executionRoleArn=role, containerDefinitions=[container]
    )
    ecs.create_service(
        cluster="c",
        serviceName="orders",
        taskDefinition=task["taskDefinition"]["taskDefinitionArn"],
        desiredCount=2,
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 7071}],
        serviceRegistries=[{"registryArn": "arn:aws:servicediscovery:a"}],
        healthCheckGracePeriodSeconds=10,
        deploymentConfiguration={
            "minimumHealthyPercent": 50,
            "maximumPercent": 150,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
    (read,) = _read(aws).services
    assert (read.name, read.status, read.desired_count) == ("orders", "ACTIVE", 2)
    assert (read.task_definition.task_role_arn, read.task_definition.execution_role_arn) == (role, role)
    assert read.task_definition.containers == (
        Container(
            name="app",
            image="registry/orders:1",
            environment={"PORT": "7071"},
            ports=(7071,),
            stop_timeout_seconds=8,
            secrets={"FLAGS": "/shop/flags"},
        ),
    )
    assert (read.minimum_healthy_percent, read.maximum_percent, read.health_check_grace_seconds) == (50, 150, 10)
    assert (read.circuit_breaker, read.circuit_breaker_rollback) == (True, True)
    assert read.load_balancers == (ServiceLoadBalancer(target_group_arn=group, container_port=7071),)
    assert read.discovery_service_arns == ("arn:aws:servicediscovery:a",)
    ecs.delete_service(cluster="c", service="orders", force=True)
    assert _read(aws).services == ()


def test_each_container_of_a_task_definition_is_read_with_its_order_and_health_check(aws: AwsClients) -> None:
    migration = {
        "name": "migration",
        "image": "orders:1",
        "essential": False,
        "entryPoint": ["alembic"],
        "command": ["upgrade", "head"],
        "workingDirectory": "/srv",
        "startTimeout": 90,
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": True}],
        "readonlyRootFilesystem": True,
        "linuxParameters": {
            "initProcessEnabled": True,
            "tmpfs": [{"containerPath": "/run", "size": 64, "mountOptions": ["ro"]}],
        },
        "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
    }
    app = {
        "name": "app",
        "image": "orders:1",
        "dependsOn": [{"containerName": "migration", "condition": "SUCCESS"}],
        "healthCheck": {"command": ["CMD-SHELL", "check || exit 1"], "retries": 2, "startPeriod": 10},
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-stream-prefix": "orders"}},
    }
    proxy = {"name": "proxy", "image": "proxy:1", "healthCheck": {"command": ["CMD", "check", "-q"], "interval": 7}}
    aws.ecs.create_cluster(clusterName="c")
    aws.ecs.register_task_definition(family="several", memory="512", containerDefinitions=[migration, app, proxy])
    aws.ecs.create_service(cluster="c", serviceName="several", taskDefinition="several", desiredCount=1)
    (read,) = _read(aws).services
    assert read.task_definition.containers == (
        Container(
            name="migration",
            image="orders:1",
            essential=False,
            entry_point=("alembic",),
            command=("upgrade", "head"),
            working_directory="/srv",
            start_timeout_seconds=90,
            mount_points=(MountPoint(volume="data", path="/data", read_only=True),),
            read_only_root=True,
            init_process=True,
            tmpfs=(Tmpfs(path="/run", size_mib=64, read_only=True),),
            ulimits={"nofile": (1, 2)},
        ),
        Container(
            name="app",
            image="orders:1",
            depends_on=(ContainerDependency(container_name="migration", condition="SUCCESS"),),
            health_check=ContainerHealthCheck(
                command=("/bin/sh", "-c", "check || exit 1"), retries=2, start_period_seconds=10
            ),
            log_stream_prefix="orders",
        ),
        Container(
            name="proxy",
            image="proxy:1",
            health_check=ContainerHealthCheck(command=("check", "-q"), interval_seconds=7),
        ),
    )
    aws.ecs.delete_service(cluster="c", service="several", force=True)


def test_a_discovery_service_is_read_with_the_addresses_of_its_healthy_instances(
    aws: AwsClients, discovery_service: dict[str, str]
) -> None:
    (read,) = _read(aws).discovery_services
    assert read == DiscoveryService(
        id=discovery_service["Id"],
        arn=discovery_service["Arn"],
        name="orders",
        namespace="apps",
        ttl_seconds=7,
        addresses=("127.0.1.1", "127.0.1.2"),
    )


def test_a_part_is_read_again_only_after_its_api_has_changed(aws: AwsClients, group: str) -> None:
    changes: Counter[str] = Counter({"elasticloadbalancing": 1})
    reader = Reader(aws, changes.__getitem__)
    first = reader.read()
    assert first.target_groups[group].deregistration_delay_seconds == 3
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.1.2", "Port": 7071}])
    assert reader.read() is first
    changes["ecs"] += 1
    assert len(reader.read().target_groups[group].targets) == 1
    changes["elasticloadbalancing"] += 1
    assert len(reader.read().target_groups[group].targets) == 2


@pytest.mark.usefixtures("discovery_service")
def test_a_resource_that_is_deleted_during_a_read_is_read_again(
    aws: AwsClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(aws, lambda service: int(service == "servicediscovery"))
    discover = aws.servicediscovery.discover_instances

    def gone(**_request: str) -> None:
        raise aws.servicediscovery.exceptions.ServiceNotFound({"Error": {"Code": "ServiceNotFound"}}, "Discover")

    monkeypatch.setattr(aws.servicediscovery, "discover_instances", gone)
    assert reader.read().discovery_services == ()
    monkeypatch.setattr(aws.servicediscovery, "discover_instances", discover)
    assert [service.name for service in reader.read().discovery_services] == ["orders"]
