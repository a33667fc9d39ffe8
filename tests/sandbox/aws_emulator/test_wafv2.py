"""A load balancer can have a web ACL that was not created in the emulator, because another team owns it."""

from __future__ import annotations

import boto3
import pytest

from colonnade_sandbox.aws_emulator import AwsEmulator
from colonnade_sandbox.control_plane.clients import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from colonnade_sandbox.control_plane.observations import Observations

pytestmark = pytest.mark.sandbox

ACL = "arn:aws:wafv2:eu-west-1:444455556666:regional/webacl/ours/a1b2c3d4"
BALANCERS = [f"arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/{name}/1" for name in "ab"]


def test_a_web_acl_that_another_team_owns_exists_and_has_each_of_its_load_balancers() -> None:
    emulator = AwsEmulator(account_id="444455556666", observations=Observations())
    emulator.start()
    try:
        waf = boto3.client(
            "wafv2",
            endpoint_url=emulator.endpoint,
            region_name="eu-west-1",
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
        )
        for balancer in BALANCERS:
            waf.associate_web_acl(WebACLArn=ACL, ResourceArn=balancer)
        answers = [waf.get_web_acl_for_resource(ResourceArn=balancer)["WebACL"] for balancer in BALANCERS]
        assert {(answer["Name"], answer["Id"], answer["ARN"]) for answer in answers} == {("ours", "a1b2c3d4", ACL)}
    finally:
        emulator.close()
