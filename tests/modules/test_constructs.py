"""Tests that each construct, created from plain values, gives the reviewed Terraform JSON."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from colonnade.model.service.container_definition import Container
from colonnade.modules.access_log_bucket import AccessLogBucket
from colonnade.modules.domain import Domain
from colonnade.modules.ecs_cluster import EcsCluster
from colonnade.modules.fargate_service import FargateService
from colonnade.modules.flow_logs import FlowLogs
from colonnade.modules.image_repository import ImageRepository
from colonnade.modules.listener_rule import ListenerRule
from colonnade.modules.load_balancer import LoadBalancer
from colonnade.modules.log_key import LogKey
from colonnade.modules.network import Network
from colonnade.modules.private_bucket import PrivateBucket, StateBucket
from colonnade.modules.service_discovery import ServiceDiscovery
from colonnade.modules.target_group import TargetGroup
from colonnade.modules.task_roles import TaskRoles
from colonnade.modules.task_security_group import TaskSecurityGroup
from tests.support.constructs import ACCOUNT_ID, REGION, added_by, document_of

pytestmark = pytest.mark.synth


def test_network(json_snapshot: SnapshotAssertion) -> None:
    document = document_of(lambda stack: Network(stack, "network", name="shop", region=REGION))
    assert document == json_snapshot


def test_network_of_given_zones_and_blocks() -> None:
    document = document_of(
        lambda stack: Network(
            stack,
            "network",
            name="shop",
            region=REGION,
            vpc_cidr="10.1.0.0/16",
            public_cidrs=("10.1.0.0/24",),
            private_cidrs=("10.1.1.0/24",),
            zone_names=("eu-west-1c",),
            nat="none",
        )
    )
    assert {subnet["availability_zone"] for subnet in document["resource"]["aws_subnet"].values()} == {"eu-west-1c"}
    assert "aws_nat_gateway" not in document["resource"]


def test_flow_logs(json_snapshot: SnapshotAssertion) -> None:
    def make(stack: Any, network: Network) -> None:
        FlowLogs(
            stack,
            "flow_logs",
            name="shop-flow-logs",
            log_group_name="/shop/flow-logs",
            network=network,
            account_id=ACCOUNT_ID,
            region=REGION,
        )

    assert added_by(make) == json_snapshot


def test_log_key(json_snapshot: SnapshotAssertion) -> None:
    document = document_of(
        lambda stack: LogKey(
            stack, "log_key", name="shop-logs", log_group_names=("/shop/*",), account_id=ACCOUNT_ID, region=REGION
        )
    )
    assert document == json_snapshot


def test_domain(json_snapshot: SnapshotAssertion) -> None:
    document = document_of(
        lambda stack: Domain(stack, "domain", zone_name="example.com", domain_name="shop.example.com")
    )
    assert document == json_snapshot


def test_target_group(json_snapshot: SnapshotAssertion) -> None:
    assert added_by(lambda stack, network: TargetGroup(stack, "targets", name="orders", network=network)) == (
        json_snapshot
    )


def test_load_balancer(json_snapshot: SnapshotAssertion) -> None:
    assert added_by(lambda stack, network: LoadBalancer(stack, "lb", name="shop", network=network)) == json_snapshot


def test_load_balancer_with_everything_on(json_snapshot: SnapshotAssertion) -> None:
    def make(stack: Any, network: Network) -> None:
        LoadBalancer(
            stack,
            "lb",
            name="shop",
            network=network,
            title="Shop",
            domain=Domain(stack, "domain", zone_name="example.com", domain_name="shop.example.com"),
            default_action=TargetGroup(stack, "targets", name="orders", network=network),
            access_logs=AccessLogBucket(stack, "logs", name="shop-logs", account_id=ACCOUNT_ID),
            deletion_protection=True,
            web_acl_arn="arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shop/1",
        )

    resources = added_by(make)
    of_the_load_balancer = {
        kind: {id_: body for id_, body in bodies.items() if id_.startswith("lb_")} for kind, bodies in resources.items()
    }
    assert {kind: bodies for kind, bodies in of_the_load_balancer.items() if bodies} == json_snapshot


def test_listener_rule(json_snapshot: SnapshotAssertion) -> None:
    def make(stack: Any, network: Network) -> None:
        load_balancer = LoadBalancer(stack, "lb", name="shop", network=network)
        old, new = (TargetGroup(stack, name, name=name, network=network) for name in ("old", "new"))
        ListenerRule(
            stack, "rule", load_balancer=load_balancer, priority=1, path_patterns=("/orders", "/orders/*"), action=new
        )
        ListenerRule(
            stack,
            "shared_rule",
            load_balancer=load_balancer,
            priority=2,
            path_patterns=("/*",),
            action=[(old, 90), (new, 10)],
        )

    assert added_by(make)["aws_lb_listener_rule"] == json_snapshot


def test_service_discovery(json_snapshot: SnapshotAssertion) -> None:
    def make(stack: Any, network: Network) -> None:
        namespace = ServiceDiscovery(stack, "namespace", name="shop", network=network)
        namespace.discovery_service("orders", ttl_seconds=10)

    assert added_by(make) == json_snapshot


def test_ecs_cluster(json_snapshot: SnapshotAssertion) -> None:
    assert document_of(lambda stack: EcsCluster(stack, "cluster", name="shop")) == json_snapshot


def test_task_security_group(json_snapshot: SnapshotAssertion) -> None:
    def make(stack: Any, network: Network) -> None:
        load_balancer = LoadBalancer(stack, "lb", name="shop", network=network)
        orders, users = (
            TaskSecurityGroup(
                stack,
                name,
                name=f"shop-{name}",
                service_name=name,
                container_port=port,
                network=network,
                load_balancer=load_balancer,
            )
            for name, port in (("orders", 8080), ("users", 8081))
        )
        orders.allow_call_to(users)

    resources = added_by(make)
    kinds = ("aws_security_group", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
    assert {kind: resources[kind] for kind in kinds} == json_snapshot


def test_fargate_service(json_snapshot: SnapshotAssertion) -> None:
    def make(stack: Any, network: Network) -> None:
        targets = TargetGroup(stack, "targets", name="orders", network=network)
        load_balancer = LoadBalancer(stack, "lb", name="shop", network=network, default_action=targets)
        FargateService(
            stack,
            "service",
            name="shop-orders",
            containers=[
                Container(
                    name="orders",
                    image="registry.example.com/orders:1.0.0",
                    container_port=8080,
                    variables={"PORT": "8080"},
                )
            ],
            network=network,
            cluster=EcsCluster(stack, "cluster", name="shop"),
            security_group=TaskSecurityGroup(
                stack,
                "tasks",
                name="shop-orders",
                service_name="orders",
                container_port=8080,
                network=network,
                load_balancer=load_balancer,
            ),
            target_group=targets,
            depends_on=[load_balancer],
            account_id=ACCOUNT_ID,
            region=REGION,
        )

    resources = added_by(make)
    of_the_service = {
        kind: {id_: body for id_, body in bodies.items() if id_.startswith("service_")}
        for kind, bodies in resources.items()
    }
    assert {kind: bodies for kind, bodies in of_the_service.items() if bodies} == json_snapshot


def test_task_roles(json_snapshot: SnapshotAssertion) -> None:
    document = document_of(
        lambda stack: TaskRoles(
            stack,
            "roles",
            execution_role_name="shop-orders-execution",
            task_role_name="shop-orders-task",
            service_name="orders",
            account_id=ACCOUNT_ID,
            region=REGION,
            log_group_arn="arn:aws:logs:eu-west-1:123456789012:log-group:/shop/orders",
            repository_arns=["arn:aws:ecr:eu-west-1:123456789012:repository/orders"],
        )
    )
    assert document == json_snapshot


def test_image_repository(json_snapshot: SnapshotAssertion) -> None:
    assert document_of(lambda stack: ImageRepository(stack, "repository", name="orders")) == json_snapshot


def test_private_bucket(json_snapshot: SnapshotAssertion) -> None:
    assert document_of(lambda stack: PrivateBucket(stack, "bucket", name="shop-files")) == json_snapshot


def test_state_bucket(json_snapshot: SnapshotAssertion) -> None:
    assert document_of(lambda stack: StateBucket(stack, "bucket", name="shop-states")) == json_snapshot


def test_access_log_bucket(json_snapshot: SnapshotAssertion) -> None:
    document = document_of(
        lambda stack: AccessLogBucket(stack, "logs", name="shop-access-logs", account_id=ACCOUNT_ID, retention_days=30)
    )
    assert document == json_snapshot
