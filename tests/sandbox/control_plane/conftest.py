"""An emulated account with a network and a target group, for the tests that read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from colonnade_sandbox.control_plane.clients import ACCESS_KEY_ID, SECRET_ACCESS_KEY, AwsClients, connect
from tests.support.terraform import emulated_account


@pytest.fixture(scope="package")
def aws() -> Iterator[AwsClients]:
    with emulated_account(
        account_id="123456789012", region="eu-west-1", zone_name="a.localhost", state_bucket="a-bucket"
    ) as account:
        yield connect(endpoint=account.endpoint, region="eu-west-1")


@pytest.fixture(scope="package")
def subnets(aws: AwsClients) -> tuple[str, str, str]:
    """Return the ids of a VPC and of two subnets in it."""
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


@pytest.fixture(scope="package")
def group(aws: AwsClients, subnets: tuple[str, str, str]) -> str:
    made = aws.elbv2.create_target_group(
        Name="orders",
        Protocol="HTTP",
        Port=80,
        VpcId=subnets[0],
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
