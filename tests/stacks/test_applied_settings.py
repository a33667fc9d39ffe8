"""Settings that no shipped environment has, applied by real Terraform to an emulated account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import boto3
import pytest

from colonnade_sandbox.terraform.runner import Terraform
from tests.support.plans import Base, applied
from tests.support.project import PROJECT, SINGLE_SERVICE
from tests.support.synth import Stack, synthesize
from tests.support.terraform import EmulatedAccount, account_of, run_terraform

pytestmark = [pytest.mark.synth, pytest.mark.terraform, pytest.mark.slow]

SANDBOX = PROJECT.environment("sandbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A stack and the account that it was applied to."""

    stack: Stack
    base: Base
    account: EmulatedAccount


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """Yield a deployment without NAT gateways, with protection, a key for logs and flow logs."""
    environment = replace(
        SANDBOX,
        network=replace(SANDBOX.network, nat="none"),
        protection=replace(SANDBOX.protection, deletion_protection=True, log_key=True),
        traffic_logs=replace(SANDBOX.traffic_logs, flow_logs=True),
    )
    own_images = tuple(replace(service, public_image=None) for service in SINGLE_SERVICE.services)
    stack = synthesize(environment, replace(SINGLE_SERVICE, services=own_images))[SINGLE_SERVICE.name]
    with account_of(environment) as account:
        base = applied(account, stack, tmp_path_factory.mktemp("applied"))
        yield Applied(stack=stack, base=base, account=account)


def _changed(plan: Path) -> set[str]:
    """Return the addresses of the managed resources that a plan changes."""
    changes = json.loads(plan.read_text(encoding="utf-8"))["resource_changes"]
    return {each["address"] for each in changes if each["mode"] == "managed" and each["change"]["actions"] != ["no-op"]}


def test_a_second_plan_is_empty(deployed: Applied) -> None:
    plan = Terraform(folder=deployed.base.folder, environment=deployed.base.environment).plan()
    assert plan.changes == ()
    assert plan.empty


def test_subnets_stay_in_their_zones_when_the_region_lists_other_zones_first(deployed: Applied, tmp_path: Path) -> None:
    document = json.loads(deployed.stack.text)
    for lookup in document["data"]["aws_availability_zones"].values():
        lookup["exclude_names"] = ["eu-west-1a"]
    shifted = Stack(name=deployed.stack.name, text=json.dumps(document), document=document)
    assert _changed(deployed.base.plan(shifted, tmp_path / "shifted")) == set()


def test_a_plan_that_destroys_the_deployment_fails_at_the_key_of_its_logs(deployed: Applied) -> None:
    environment = deployed.base.environment
    with pytest.raises(AssertionError, match="Instance cannot be destroyed"):
        run_terraform(deployed.base.folder, environment, "plan", "-destroy", "-input=false", "-no-color")


def test_the_logs_of_a_destroyed_service_stay(deployed: Applied) -> None:
    address = deployed.stack.address("aws_cloudwatch_log_group", "service3_service_logs")
    name = deployed.stack.body(address)["name"]
    folder, environment = deployed.base.folder, deployed.base.environment
    run_terraform(folder, environment, "destroy", f"-target={address}", "-auto-approve", "-input=false")
    assert address not in run_terraform(folder, environment, "state", "list").split()
    logs = boto3.client(
        "logs",
        endpoint_url=deployed.account.endpoint,
        region_name=deployed.account.region,
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    assert [group["logGroupName"] for group in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]] == [name]
