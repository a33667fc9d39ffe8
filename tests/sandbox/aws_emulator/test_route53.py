"""A hosted zone has the same id in every emulator, so a kept Terraform state is valid with the next one."""

from __future__ import annotations

import pytest

from colonnade_sandbox.aws_emulator import AwsEmulator
from colonnade_sandbox.aws_emulator.route53 import zone_id
from colonnade_sandbox.control_plane.clients import connect
from colonnade_sandbox.control_plane.observations import Observations

pytestmark = pytest.mark.sandbox


def test_the_id_of_a_zone_is_derived_from_its_name_in_every_emulator() -> None:
    ids = []
    for account_id in ("123456789012", "444455556666"):
        emulator = AwsEmulator(account_id=account_id, observations=Observations())
        emulator.start()
        try:
            route53 = connect(endpoint=emulator.endpoint, region="eu-west-1").route53
            names = ("example.com", "example.org")
            made = [route53.create_hosted_zone(Name=name, CallerReference=name) for name in names]
            ids.append([zone["HostedZone"]["Id"] for zone in made])
        finally:
            emulator.close()
    assert ids[0] == ids[1] == [f"/hostedzone/{zone_id('example.com')}", f"/hostedzone/{zone_id('example.org')}"]
    assert zone_id("example.com") != zone_id("example.org")
