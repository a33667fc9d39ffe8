"""Claims about plans that open networks, close connections or take names away, each with its rule."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.plan_cases import (
    FRONT,
    OTHER,
    WORLD,
    Entry,
    created,
    destroyed,
    edited,
    ingress,
    is_found,
    opening,
    policy,
    service,
    there,
)
from tests.support.plan_documents import change

LISTS = "aws_ec2_managed_prefix_list"
HALVES = [{"cidr": "0.0.0.0/1"}, {"cidr": "128.0.0.0/1"}]
ORDERS = [*FRONT, *service("orders")]

CASES: Mapping[str, tuple[str, list[Entry]]] = {
    # ports
    "the internet as 256 blocks": ("port-opened", [opening([f"{n}.0.0.0/8" for n in range(256)])]),
    "the internet as 128 blocks that do not touch": (
        "port-opened",
        [opening([f"{n}.0.0.0/8" for n in range(0, 256, 2)])],
    ),
    "the internet as 16 blocks of IPv6": (
        "port-opened",
        [opening([f"{0x2000 + 0x200 * n:x}::/7" for n in range(16)])],
    ),
    "the internet in rules of their own": (
        "port-opened",
        [
            change(
                f"aws_vpc_security_group_ingress_rule.n{n}",
                None,
                {
                    "security_group_id": "sg-x",
                    "ip_protocol": "tcp",
                    "from_port": first,
                    "to_port": last,
                    "cidr_ipv4": f"{n}.0.0.0/8",
                },
            )
            for n in range(20, 80)
            for first, last in [(1, 100) if n % 2 else (50, 200)]
        ],
    ),
    "the internet, sensitive": ("port-opened", [opening([WORLD], sensitive={"cidr_blocks": [True]})]),
    "the internet by a new prefix list": (
        "port-opened",
        [
            there("aws_security_group.x", id="sg-x"),
            change(f"{LISTS}.all", None, {"id": "pl-1", "entry": HALVES}),
            change(
                "aws_vpc_security_group_ingress_rule.x",
                None,
                {
                    "security_group_id": "sg-x",
                    "ip_protocol": "tcp",
                    "from_port": 22,
                    "to_port": 22,
                    "prefix_list_id": "pl-1",
                },
            ),
        ],
    ),
    "new prefix list of both halves": ("prefix-list-widened", [change(f"{LISTS}.all", None, {"entry": HALVES})]),
    "the internet added to a prefix list": (
        "prefix-list-widened",
        [
            edited(
                f"{LISTS}.all",
                {"entry": [{"cidr": "10.0.0.0/8"}]},
                {"entry": [{"cidr": "10.0.0.0/8"}, {"cidr": WORLD}]},
            )
        ],
    ),
    "entry of the internet": (
        "prefix-list-widened",
        [there(f"{LISTS}.all", id="pl-1", entry=[]), created(f"{LISTS}_entry", prefix_list_id="pl-1", cidr=WORLD)],
    ),
    # networks
    "route to the internet": (
        "route-opened",
        [
            change(
                "aws_route.a", None, {"route_table_id": "rtb-1", "destination_cidr_block": WORLD, "gateway_id": "igw-1"}
            )
        ],
    ),
    "inline route to the internet": (
        "route-opened",
        [edited("aws_route_table.a", {"route": []}, {"route": [{"cidr_block": WORLD, "gateway_id": "igw-1"}]})],
    ),
    "network ACL for everyone": (
        "network-acl-opened",
        [
            created(
                "aws_network_acl_rule",
                egress=False,
                rule_action="allow",
                protocol="tcp",
                from_port=22,
                to_port=22,
                cidr_block=WORLD,
            )
        ],
    ),
    "peering with another account": (
        "account-added",
        [*policy("aws_x"), created("aws_vpc_peering_connection", peer_owner_id=OTHER)],
    ),
    # connections
    "way from the load balancer closed": (
        "connection-closed",
        [
            *ORDERS,
            change(
                "aws_vpc_security_group_ingress_rule.a", ingress("orders", referenced_security_group_id="sg-lb"), None
            ),
        ],
    ),
    "a range becomes smaller than the port in use": (
        "port-closed",
        [
            *ORDERS,
            edited(
                "aws_vpc_security_group_ingress_rule.a",
                ingress("orders", from_port=8000, to_port=9000),
                ingress("orders", from_port=8000, to_port=8079),
            ),
        ],
    ),
    "way between services closed": (
        "connection-closed",
        [
            *ORDERS,
            *service("users"),
            change(
                "aws_vpc_security_group_egress_rule.a", ingress("orders", referenced_security_group_id="sg-users"), None
            ),
        ],
    ),
    # names
    "names of a VPC": (
        "dns-name-removed",
        [edited("aws_vpc.a", {"enable_dns_support": True}, {"enable_dns_support": False})],
    ),
    "names of an endpoint": (
        "dns-name-removed",
        [edited("aws_vpc_endpoint.a", {"private_dns_enabled": True}, {"private_dns_enabled": False})],
    ),
    "signatures of a zone": ("dns-name-removed", [destroyed("aws_route53_hosted_zone_dnssec")]),
    "signatures of a zone disabled": (
        "dns-name-removed",
        [edited("aws_route53_hosted_zone_dnssec.a", {"signing_status": "SIGNING"}, {"signing_status": "NOT_SIGNING"})],
    ),
    "record without weight": (
        "dns-name-moved",
        [
            edited(
                "aws_route53_record.a",
                {"weighted_routing_policy": [{"weight": 100}]},
                {"weighted_routing_policy": [{"weight": 0}]},
            )
        ],
    ),
    "service without its name": (
        "discovery-destroyed",
        [edited("aws_ecs_service.a", {"service_registries": [{"registry_arn": "a"}]}, {"service_registries": []})],
    ),
    "service without its mesh": (
        "discovery-destroyed",
        [
            edited(
                "aws_ecs_service.a",
                {"service_connect_configuration": [{"enabled": True, "namespace": "shop"}]},
                {"service_connect_configuration": [{"enabled": False, "namespace": "shop"}]},
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_harmful_plan_is_blocked_by_its_rule(case: str) -> None:
    assert is_found(*CASES[case])
