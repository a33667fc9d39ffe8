"""The reader turns the resources of a running emulator into a snapshot, and reads again only after a change."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.control_plane.reader import Reader
from colonnade_sandbox.control_plane.snapshot import (
    Condition,
    DiscoveryService,
    FixedResponseAction,
    ForwardAction,
    HealthCheck,
    RedirectAction,
    Snapshot,
    Target,
    WeightedTargetGroup,
)

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("emulator")]

_REDIRECT = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
_FIXED = {"StatusCode": "200", "ContentType": "application/json", "MessageBody": "{}"}


@pytest.fixture(scope="module")
def balancer(aws: AwsClients, subnets: tuple[str, str, str]) -> str:
    _, *both = subnets
    made = aws.elbv2.create_load_balancer(Name="front", Type="application", Subnets=both)
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


def test_the_protocol_version_of_a_target_group_is_not_read(aws: AwsClients, subnets: tuple[str, str, str]) -> None:
    common = {"Protocol": "HTTP", "Port": 80, "VpcId": subnets[0], "TargetType": "ip", "HealthCheckPath": "/x"}
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
