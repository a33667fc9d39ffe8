"""The resources that a stack looks up exist in the emulator with the ids, names and zones that it requires."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from colonnade_sandbox.aws_emulator import AwsEmulator
from colonnade_sandbox.control_plane.clients import connect
from colonnade_sandbox.control_plane.observations import Observations
from colonnade_sandbox.planning.existing_resources import make_existing_resources
from colonnade_sandbox.synthesized import Lookup, Stack

pytestmark = pytest.mark.sandbox

ACCOUNT_ID = "999988887777"
ARN = f"arn:aws:acm:us-west-1:{ACCOUNT_ID}:certificate/a1b2c3d4-5678-90ab-cdef-111111111111"
VPC = "vpc-0a1b2c3d"


def _lookup(kind: str, id_: str, required: dict[str, str] | None = None, *conditions: str, **arguments: Any) -> Lookup:
    return Lookup(
        kind=kind,
        address=f"data.{kind}.{id_}",
        arguments=arguments,
        required=required if required is not None else {},
        conditions=conditions,
    )


def _stack(*lookups: Lookup, zone_names: tuple[str, ...] = ()) -> Stack:
    return Stack(
        name="shop",
        path=Path("cdk.tf.json"),
        account_id=ACCOUNT_ID,
        region="us-west-1",
        environment="test",
        zone_names=zone_names,
        state_bucket=None,
        lookups=lookups,
        domain_names=("shop.example.com",),
    )


STACK = _stack(
    *(
        _lookup("aws_subnet", name, {"vpc_id": VPC}, id=f"subnet-0000000{name}")
        for name in ("a", "b", "c")
    ),
    _lookup("aws_vpc", "this", {}, "${length(distinct([data.aws_subnet.a.availability_zone, data.aws_subnet.b."
            "availability_zone])) == 2}", id=VPC),
    _lookup("aws_ec2_managed_prefix_list", "clients", name="com.amazonaws.global.cloudfront.origin-facing"),
    _lookup("aws_ec2_managed_prefix_list", "own", id="pl-12345678"),
    _lookup("aws_acm_certificate", "certificate", {"arn": ARN}, domain="*.example.com"),
    _lookup("aws_route53_zone", "zone", {"name": "example.com"}, zone_id="Z0123456789ABC"),
    _lookup("aws_ecs_cluster", "this", {"status": "ACTIVE"}, cluster_name="platform"),
)  # fmt: skip


def _made(*stacks: Stack) -> dict[str, Any]:
    """Return what an emulator has after the stacks' resources were created twice, as for a base and its change."""
    emulator = AwsEmulator(account_id=ACCOUNT_ID, observations=Observations())
    emulator.start()
    try:
        aws = connect(endpoint=emulator.endpoint, region="us-west-1")
        make_existing_resources(aws, (*stacks, *stacks))
        ec2 = boto3.client(
            "ec2",
            region_name="us-west-1",
            endpoint_url=emulator.endpoint,
            aws_access_key_id="none",
            aws_secret_access_key="none",
        )
        subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["Subnets"]
        lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
        return {
            "subnets": {each["SubnetId"]: each["AvailabilityZone"] for each in subnets},
            "lists": {each["PrefixListName"]: each["PrefixListId"] for each in lists},
            "certificate": aws.acm.describe_certificate(CertificateArn=ARN)["Certificate"],
            "zones": {each["Name"]: each["Id"] for each in aws.route53.list_hosted_zones()["HostedZones"]},
            "clusters": aws.ecs.describe_clusters(clusters=["platform"])["clusters"],
        }
    finally:
        emulator.close()


def test_everything_has_the_ids_that_are_looked_up_and_those_of_names_are_the_same_in_every_emulator() -> None:
    made = _made(STACK)
    assert made["subnets"].keys() == {"subnet-0000000a", "subnet-0000000b", "subnet-0000000c"}
    assert made["subnets"]["subnet-0000000a"] != made["subnets"]["subnet-0000000b"]
    assert made["lists"]["pl-12345678"] == "pl-12345678"
    assert made["zones"] == {"example.com.": "/hostedzone/Z0123456789ABC"}
    assert [(each["clusterName"], each["status"]) for each in made["clusters"]] == [("platform", "ACTIVE")]
    certificate = made["certificate"]
    assert (certificate["DomainName"], certificate["Status"]) == ("*.example.com", "ISSUED")
    assert set(certificate["SubjectAlternativeNames"]) == {"*.example.com", "shop.example.com"}
    cloudfront = "com.amazonaws.global.cloudfront.origin-facing"
    assert _made(STACK)["lists"][cloudfront] == made["lists"][cloudfront]


def test_a_zone_that_one_stack_finds_by_name_and_another_by_id_is_one_zone() -> None:
    assert _made(_stack(zone_names=("example.com",)), STACK)["zones"] == {"example.com.": "/hostedzone/Z0123456789ABC"}
