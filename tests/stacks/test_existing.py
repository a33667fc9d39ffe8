"""Networks, zones, certificates and prefix lists of others, found by the real provider in an emulated account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.domain import ZoneSettings
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.settings import DeploymentSettings
from colonnade.model.environment.tables import NetworkSettings
from colonnade_sandbox.terraform.runner import Terraform
from tests.support.edits import CERTIFICATE, CLOUDFRONT, LISTENER, NETWORK
from tests.support.plans import Base, applied
from tests.support.specs import deployment, environment, service
from tests.support.synth import Stack, synthesize
from tests.support.terraform import emulated_account

# One worker applies what the tests of this file share.
pytestmark = [
    pytest.mark.synth,
    pytest.mark.terraform,
    pytest.mark.slow,
    pytest.mark.xdist_group("existing"),
]

OTHER_NETWORK = replace(
    NETWORK,
    vpc_id="vpc-0a1b2c3d4e5f60009",
    public_subnet_ids=(),
    private_subnet_ids=("subnet-0a1b2c3d4e5f60008", "subnet-0a1b2c3d4e5f60009"),
)
ZONE_ID = "Z0123456789ABCDEFGHIJ"
CONNECTIONS = {
    "orders-db": ConnectionSettings(
        port=5432, host="db.example.com", security_group_id="sg-0a1b2c3d4e5f60001", manage_ingress=True
    ),
    "cache": ConnectionSettings(port=6379, host="10.9.1.1", cidr="10.9.0.0/16"),
    "mail": ConnectionSettings(port=587, host="mail.example.com", prefix_list_id="pl-0a1b2c3d4e5f60001"),
}
STICKY = service(
    sticky_session_seconds=3600,
    connections=tuple(CONNECTIONS),
    capacity={"FARGATE": 1, "FARGATE_SPOT": 3},
    capacity_base=1,
)


def _environment(**fields: Any) -> Any:
    return replace(
        environment(STICKY),
        network=NetworkSettings(existing=NETWORK),
        zone=ZoneSettings(id=ZONE_ID, role_arn="arn:aws:iam::111122223333:role/dns"),
        **fields,
    )


def _public(*services: Any) -> Stack:
    """Return a deployment in the network of others, with two names in the zone of another account."""
    settings = DeploymentSettings(
        domain_names=("example.com", "www.example.com"),
        ingress=IngressSettings(cidrs=("203.0.113.0/24",), prefix_list=CLOUDFRONT),
        connections=CONNECTIONS,
    )
    return synthesize(_environment(deployments={"shop": settings}), deployment(*(services or (STICKY,))))["shop"]


def _internal() -> Stack:
    """Return a deployment with an internal load balancer in another VPC, and the certificate of others."""
    settings = DeploymentSettings(
        network=OTHER_NETWORK,
        cluster_name="platform",
        certificate=CERTIFICATE,
        ingress=IngressSettings(cidrs=("10.0.0.0/8",), internal=True),
    )
    return synthesize(_environment(deployments={"board": settings}), deployment(service(), name="board"))["board"]


def _on_an_existing_listener() -> Stack:
    """Return a deployment whose rules are on an existing listener in the same VPC."""
    settings = DeploymentSettings(listener=LISTENER)
    where = _environment(deployments={"mart": settings})
    return synthesize(where, deployment(service(), name="mart", subdomain="mart", namespace="mart.internal"))["mart"]


def _written(stack: Stack, folder: Path) -> Path:
    path = folder / "stacks" / stack.name / "cdk.tf.json"
    path.parent.mkdir(parents=True)
    path.write_text(stack.text, encoding="utf-8")
    return folder


def _changed(stack: Stack, change: Callable[[dict[str, Any]], None]) -> Stack:
    document = json.loads(stack.text)
    change(document)
    return Stack(name=stack.name, text=json.dumps(document), document=document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The base of plans of the public deployment, and one of first plans of the internal one."""

    public: Base
    internal: Base


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    where, folder = environment(), tmp_path_factory.mktemp("existing")
    for stack in (_public(), _internal(), _on_an_existing_listener()):
        _written(stack, folder)
    with emulated_account(
        account_id=where.account_id,
        region=where.region,
        zone_name="elsewhere.example",
        state_bucket=where.state_bucket,
        existing=[folder],
    ) as account:
        public = applied(account, _public(), tmp_path_factory.mktemp("applied"))
        yield Applied(public=public, internal=replace(public, with_state=False))


def _changes(plan: Path) -> dict[str, Any]:
    changes = json.loads(plan.read_text(encoding="utf-8"))["resource_changes"]
    managed = [each for each in changes if each["mode"] == "managed"]
    return {each["address"]: each["change"] for each in managed if each["change"]["actions"] != ["no-op"]}


def test_a_deployment_in_a_network_of_others_creates_none_and_its_second_plan_is_empty(deployed: Applied) -> None:
    terraform = Terraform(folder=deployed.public.folder, environment=deployed.public.environment)
    assert terraform.plan().changes == ()
    kinds = {address.split(".")[0] for address in terraform.addresses() if not address.startswith("data.")}
    assert kinds & {"aws_vpc", "aws_subnet", "aws_nat_gateway", "aws_route", "aws_internet_gateway"} == set()


def test_sticky_sessions_that_are_removed_are_turned_off(deployed: Applied, tmp_path: Path) -> None:
    without = _public(replace(STICKY, sticky_session_seconds=None))
    ((address, change),) = _changes(deployed.public.plan(without, tmp_path / "plan")).items()
    assert address.startswith("aws_lb_target_group.")
    assert [each["enabled"] for each in change["after"]["stickiness"]] == [False]


def test_a_group_of_a_connection_that_does_not_exist_is_an_error_of_the_plan(deployed: Applied, tmp_path: Path) -> None:
    unknown = _public().text.replace("sg-0a1b2c3d4e5f60001", "sg-0a1b2c3d4e5f60002")
    errors = _errors(deployed.public, Stack(name="shop", text=unknown, document={}), tmp_path / "plan")
    assert "no matching EC2 Security Group found" in errors


def test_an_internal_load_balancer_with_the_certificate_of_others_is_planned(deployed: Applied, tmp_path: Path) -> None:
    changes = _changes(deployed.internal.plan(_internal(), tmp_path / "plan"))
    (balancer,) = (each["after"] for address, each in changes.items() if address.startswith("aws_lb."))
    assert (balancer["internal"], sorted(balancer["subnets"])) == (True, list(OTHER_NETWORK.private_subnet_ids))
    (https,) = (each["after"] for address, each in changes.items() if ".BoardLB_https_" in address)
    assert https["certificate_arn"] == CERTIFICATE.arn
    assert not [address for address in changes if address.startswith(("aws_acm_", "aws_ecs_cluster"))]
    (orders,) = (each["after"] for address, each in changes.items() if address.startswith("aws_ecs_service."))
    assert orders["cluster"].endswith(":cluster/platform")


def test_rules_on_an_existing_listener_are_planned_with_hosts_and_priorities_in_the_range(
    deployed: Applied, tmp_path: Path
) -> None:
    stack = _on_an_existing_listener()
    changes = _changes(deployed.internal.plan(stack, tmp_path / "plan"))
    by_kind = {address.split(".")[0] for address in changes}
    assert by_kind & {"aws_lb", "aws_lb_listener", "aws_acm_certificate", "aws_vpc"} == set()
    (rule,) = (each["after"] for address, each in changes.items() if address.startswith("aws_lb_listener_rule."))
    assert rule["listener_arn"] == LISTENER.arn
    assert LISTENER.priorities[0] <= rule["priority"] <= LISTENER.priorities[1]
    hosts = [each["host_header"] for each in rule["condition"] if each["host_header"]]
    assert hosts == [[{"values": ["mart.example.com"]}]]
    (egress,) = (each["after"] for address, each in changes.items() if "load_balancer_egress" in address)
    assert egress["security_group_id"] == "sg-50dc6c495c0c91880"
    (record,) = (each["after"] for address, each in changes.items() if address.startswith("aws_route53_record."))
    assert record["name"] == "mart.example.com"


def test_a_listener_in_another_vpc_is_an_error_of_the_plan(deployed: Applied, tmp_path: Path) -> None:
    def elsewhere(document: dict[str, Any]) -> None:
        (load_balancer,) = document["data"]["aws_lb"].values()
        load_balancer["lifecycle"]["postcondition"][0]["condition"] = '${self.vpc_id == "vpc-0"}'

    errors = _errors(deployed.internal, _changed(_on_an_existing_listener(), elsewhere), tmp_path / "plan")
    assert f"The load balancer of the listener is not in VPC {NETWORK.vpc_id}, where the tasks are." in errors


def _errors(base: Base, stack: Stack, folder: Path) -> str:
    with pytest.raises(AssertionError) as raised:
        base.plan(stack, folder)
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|│", " ", str(raised.value)).split())


def test_what_does_not_fit_is_an_error_of_the_plan_that_names_it(deployed: Applied, tmp_path: Path) -> None:
    text = _internal().text
    for known, unknown in (
        (OTHER_NETWORK.private_subnet_ids[1], NETWORK.private_subnet_ids[1]),
        (CERTIFICATE.arn, CERTIFICATE.arn.replace("a1b2", "ffff")),
        ('self.name == \\"example.com\\"', 'self.name == \\"example.org\\"'),
    ):
        assert known in text
        text = text.replace(known, unknown)
    errors = _errors(deployed.internal, Stack(name="board", text=text, document={}), tmp_path / "plan")
    for message in (
        f"Subnet {NETWORK.private_subnet_ids[1]} is not in VPC {OTHER_NETWORK.vpc_id}.",
        f"The newest issued certificate of *.example.com is not {CERTIFICATE.arn.replace('a1b2', 'ffff')}.",
        f"Hosted zone {ZONE_ID} has another name than example.com.",
    ):
        assert message in errors


def test_subnets_that_are_missing_are_named(deployed: Applied, tmp_path: Path) -> None:
    text = _internal().text.replace("f60008", "f6000a").replace("f60009", "f6000b")
    errors = _errors(deployed.internal, Stack(name="board", text=text, document={}), tmp_path / "plan")
    assert (
        "Subnets that do not exist in this account and region: subnet-0a1b2c3d4e5f6000a, subnet-0a1b2c3d4e5f6000b."
        in errors
    )


def test_subnets_of_too_few_zones_and_a_prefix_list_that_is_too_long_are_errors(
    deployed: Applied, tmp_path: Path
) -> None:
    def same_zone(document: dict[str, Any]) -> None:
        subnets = document["data"]["aws_subnet"]
        for kind, id_ in (("private", NETWORK.private_subnet_ids[0]), ("public", NETWORK.public_subnet_ids[0])):
            for name in [each for each in subnets if f"_{kind}_" in each]:
                subnets[name]["id"] = id_
        (prefix_list,) = document["data"]["aws_ec2_managed_prefix_list"].values()
        prefix_list["lifecycle"]["postcondition"][1]["condition"] = "${self.max_entries <= 0}"

    errors = _errors(deployed.internal, _changed(_public(), same_zone), tmp_path / "plan")
    for message in (
        "The private subnets are in fewer than 2 zones; name subnets in 2 zones.",
        "Two public subnets are in the same zone; a load balancer has one subnet per zone.",
        f"Prefix list {CLOUDFRONT} counts with all its entries in the load balancer's security group",
    ):
        assert message in errors
