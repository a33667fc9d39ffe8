"""The faults of an account, by name: the declaration that meets the fault, and the start of the problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.support.declared_in_account import (
    ACCOUNT,
    EXPIRED,
    FOREIGN_LISTENER,
    FOREIGN_SUBNET,
    GOOD,
    HTTP_LISTENER,
    IPV6_LIST,
    ISSUED,
    MISSING,
    MISSING_GROUP,
    MISSING_LIST,
    MISSING_SUBNET,
    NO_DNS,
    NO_LISTENER,
    NO_ROUTE,
    NO_VPC,
    OTHER,
    OTHER_LISTENER,
    OTHER_ZONE,
    PRIVATE,
    PUBLIC,
    SAME_ZONE,
    TAKEN,
    UNTRUSTING,
)


def _secret(name: str, json_key: str | None = None, key: str | None = None) -> dict[str, Any]:
    return {"secrets": {"SECRET": (name, json_key, key)}}


def _subnets(**ids: Any) -> dict[str, Any]:
    return {"network": replace(GOOD, **ids)}


FAULTS: Mapping[str, tuple[dict[str, Any], str]] = {
    "no bucket": ({"bucket": "colonnade-none"}, "state bucket 'colonnade-none': it does not exist"),
    "no versioning": ({"bucket": "colonnade-suspended"}, "state bucket 'colonnade-suspended': its versioning is off"),
    "bucket elsewhere": ({"bucket": "colonnade-elsewhere"}, "state bucket 'colonnade-elsewhere': it is in region us-"),
    "no zone": ({"zone_name": "example.dev", "certificate": None}, "hosted zone 'example.dev': there is no public"),
    "two zones": ({"zone_name": "example.net", "certificate": None}, "hosted zone 'example.net': 2 public hosted"),
    "no zone of the ID": ({"zone": "Z0000000000000"}, "hosted zone 'example.com': there is no hosted zone with the ID"),
    "zone of another name": (
        {"zone": OTHER_ZONE},
        f"hosted zone 'example.com': the zone with the ID {OTHER_ZONE} is 'e",
    ),
    "private zone": ({"zone": "private zone"}, "hosted zone 'example.com': the zone with the ID "),
    "no certificate": ({"certificate": MISSING}, f"certificate '{MISSING.arn}': it does not exist"),
    "expired certificate": ({"certificate": EXPIRED}, f"certificate '{EXPIRED.arn}': its status is EXPIRED"),
    "other certificate": ({"certificate": OTHER}, f"certificate '{OTHER.arn}': it is for example.org, not for"),
    "other order of names": (
        {"certificate": replace(ISSUED, domains=("*.example.com", "example.com"))},
        f"certificate '{ISSUED.arn}': its domain name is 'example.com'",
    ),
    "no trust": ({"zone_role": UNTRUSTING}, f"role '{UNTRUSTING}' (hosted zone): AWS does not let these credentials"),
    "no listener": ({"listener": NO_LISTENER}, f"listener '{NO_LISTENER.arn}': it does not exist"),
    "HTTP listener": ({"listener": HTTP_LISTENER}, f"listener '{HTTP_LISTENER.arn}': its protocol is HTTP"),
    "listener in another VPC": (
        {"listener": FOREIGN_LISTENER},
        f"listener '{FOREIGN_LISTENER.arn}': its load balancer is in VPC {NO_DNS.vpc_id}",
    ),
    "listener without the name": (
        {"listener": OTHER_LISTENER},
        f"listener '{OTHER_LISTENER.arn}': none of its certificates is for 'shop.example.com'",
    ),
    "taken priority": ({"listener": TAKEN}, f"listener '{TAKEN.arn}': a rule of another owner has priority 2"),
    "no boundary": ({"boundary": "no boundary"}, f"permissions boundary 'arn:aws:iam::{ACCOUNT}:policy/boundarys'"),
    "taken role": (
        {"service": "billing"},
        "names of 2 IAM roles: a role of another owner has the name 'colonnade-test-sho",
    ),
    "no web ACL": ({"acl": "no acl"}, "web ACL 'arn:aws:wafv2:"),
    "no VPC": ({"network": NO_VPC}, f"VPC '{NO_VPC.vpc_id}': it does not exist"),
    "no DNS": ({"network": NO_DNS}, f"VPC '{NO_DNS.vpc_id}': its attribute enableDnsHostnames is false"),
    "no subnet": (
        _subnets(private_subnet_ids=(PRIVATE[0], MISSING_SUBNET)),
        f"private subnet '{MISSING_SUBNET}': it does not exist",
    ),
    "foreign subnet": (
        _subnets(private_subnet_ids=(PRIVATE[0], FOREIGN_SUBNET)),
        f"private subnet '{FOREIGN_SUBNET}': it is in VPC {NO_DNS.vpc_id}",
    ),
    "no route": (_subnets(public_subnet_ids=(NO_ROUTE, PUBLIC[1])), f"public subnet '{NO_ROUTE}': it has no default"),
    "one zone": (_subnets(private_subnet_ids=(PRIVATE[0], SAME_ZONE)), "zones of the private subnets: all are in"),
    "two in one zone": (_subnets(public_subnet_ids=(*PUBLIC, SAME_ZONE)), "zones of the public subnets: several are"),
    "no cluster": ({"cluster": "none"}, "ECS cluster 'none': it does not exist"),
    "no capacity provider": ({"cluster": "spot"}, "ECS cluster 'spot': it has no capacity provider FARGATE"),
    "no clients": ({"clients": MISSING_LIST}, f"prefix list '{MISSING_LIST}' (ingress): it does not exist"),
    "IPv6 clients": ({"clients": IPV6_LIST}, f"prefix list '{IPV6_LIST}' (ingress): its addresses are IPv6"),
    "no list": ({"prefix_list": MISSING_LIST}, f"prefix list '{MISSING_LIST}' (connection 'mail'): it does not exist"),
    "no group": ({"group": MISSING_GROUP}, f"security group '{MISSING_GROUP}' (connection 'orders-db'): it does"),
    "no image": ({"version": "2.0.0"}, "image 'colonnade-test-orders:2.0.0' (orders): 2.0.0 does not exist"),
    "other architecture": ({"sidecar": "arm64"}, "image 'colonnade-test-metrics@"),
    "other architecture without an index": (
        {"version": "1.0.0-arm64"},
        "image 'colonnade-test-orders:1.0.0-arm64' (orders): it is for arm64, not for amd64",
    ),
    "no secret": (_secret("shop/none"), "secret 'shop/none' (orders): it does not exist"),
    "no value": (_secret("shop/empty"), "secret 'shop/empty' (orders): it has no value"),
    "deleted secret": (_secret("shop/gone by ARN"), "secret 'shop/gone-"),
    "no JSON key": (
        _secret("shop/payment", "other", "key"),
        "secret 'shop/payment' (orders): its JSON has no key 'oth",
    ),
    "no JSON": (_secret("shop/plain", "key"), "secret 'shop/plain' (orders): its value is not a JSON object"),
    "undeclared key": (
        {**_secret("shop/payment", "key"), "parameter_key": "other"},
        "secret 'shop/payment' (orders): its KMS key 'arn:",
    ),
    "no parameter": ({"parameter": "/shop/none"}, "parameter '/shop/none' (orders): it does not exist"),
    "no key": ({"parameter_key": "no key"}, "KMS key 'arn:aws:kms:"),
    "disabled key": ({"parameter_key": "disabled"}, "KMS key 'arn:aws:kms:"),
    "key to be deleted": ({"parameter_key": "pending"}, "KMS key 'arn:aws:kms:"),
}
SECRETS = ("no secret", "no value", "deleted secret", "no JSON key", "no JSON")
TOGETHER = {
    **FAULTS["no versioning"][0],
    **FAULTS["private zone"][0],
    **FAULTS["expired certificate"][0],
    **FAULTS["no web ACL"][0],
    **FAULTS["no boundary"][0],
    **FAULTS["taken role"][0],
    **FAULTS["no capacity provider"][0],
    **FAULTS["IPv6 clients"][0],
    **FAULTS["no list"][0],
    **FAULTS["no group"][0],
    **FAULTS["no image"][0],
    **FAULTS["other architecture"][0],
    **FAULTS["no parameter"][0],
    **FAULTS["disabled key"][0],
    "network": replace(
        NO_DNS, public_subnet_ids=(NO_DNS.public_subnet_ids), private_subnet_ids=(PRIVATE[0], MISSING_SUBNET)
    ),
    "secrets": {f"SECRET_{at}": FAULTS[name][0]["secrets"]["SECRET"] for at, name in enumerate(SECRETS)},
}
