"""Warnings about the quotas of a new account, counted over an environment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.quotas import elastic_ip_fault, vpc_fault
from colonnade.model.warnings import CODES
from tests.model.test_warnings import warnings_of
from tests.support.specs import BLOCKS, deployment, environment, resolved, service

NAMES = [name for name in BLOCKS if name.isalpha()]


def deployments(count: int, **fields: Any) -> list[Deployment]:
    """Return deployments of one service with one task of a quarter of a vCPU."""
    values = {"cpu_units": 256, "desired_count": 1, **fields}
    return [
        deployment(service("orders", **values), name=name, subdomain=None, namespace=None) for name in NAMES[:count]
    ]


def where(
    *, nat: Literal["single", "per_zone", "none"] = "single", capacity_provider: Any = "FARGATE", **fields: Any
) -> Environment:
    plain = environment(service("orders"), **fields)
    tasks = replace(plain.tasks, capacity_provider=capacity_provider)
    return replace(plain, network=replace(plain.network, nat=nat, availability_zone_count=3), tasks=tasks)


def codes_and_messages(found: list[Deployment], in_: Environment) -> dict[str, str]:
    return {each.code: each.message for each in warnings_of(*found, where=in_)}


def test_more_nat_gateways_than_elastic_ips_are_warned_about() -> None:
    found = codes_and_messages(deployments(2), where(nat="per_zone"))
    assert found == {
        "quota-elastic-ips": "6 NAT gateways need as many Elastic IP addresses; the default quota L-0263D0A3 is 5"
    }
    for few in (where(), where(nat="none")):
        assert codes_and_messages(deployments(2), few) == {}


def test_the_default_vpc_counts() -> None:
    assert codes_and_messages(deployments(4), where(nat="none")) == {}
    found = codes_and_messages(deployments(5), where(nat="none"))
    assert found.keys() == {"quota-vpcs"}
    assert "are 6 VPCs; the default quota L-F678F1CE is 5" in found["quota-vpcs"]


@pytest.mark.parametrize(("provider", "code"), [("FARGATE", "L-3032A538"), ("FARGATE_SPOT", "L-36FBB829")])
def test_vcpus_count_twice_as_ecs_replaces_tasks(provider: str, code: str) -> None:
    in_ = where(capacity_provider=provider)
    assert codes_and_messages(deployments(1, desired_count=12), in_) == {}
    found = codes_and_messages(deployments(1, desired_count=13), in_)
    assert found == {
        "quota-fargate-vcpus": f"tasks need 3.25 {provider} vCPUs, and twice as many while they are replaced; the "
        f"default quota {code} is 6"
    }


def test_vcpus_count_for_each_provider_by_base_and_weights() -> None:
    mixed = {"capacity": {"FARGATE": 1, "FARGATE_SPOT": 3}, "capacity_base": 2}
    assert codes_and_messages(deployments(1, desired_count=18, **mixed), where()) == {}
    found = codes_and_messages(deployments(1, desired_count=22, **mixed), where())
    assert found["quota-fargate-vcpus"].startswith("tasks need 3.75 FARGATE_SPOT vCPUs")


def test_a_warning_about_an_environment_is_accepted_in_its_file() -> None:
    accepted = where(nat="per_zone", accepted_warnings={"quota-elastic-ips": "AWS granted 20."})
    assert codes_and_messages(deployments(2), accepted) == {}


@pytest.mark.parametrize("fields", [{"name": SANDBOX}, {"account_id": "444455556666"}])
def test_the_sandbox_and_documentation_accounts_have_no_quotas(fields: dict[str, str]) -> None:
    many = deployments(5, desired_count=50)
    assert codes_and_messages(many, where(nat="per_zone")).keys() == CODES["environment"]
    assert codes_and_messages(many, where(nat="per_zone", **fields)) == {}


@pytest.mark.parametrize(
    ("rule", "count", "nat", "advice"),
    [
        (elastic_ip_fault, 2, "per_zone", "or use nat 'single'"),
        (elastic_ip_fault, 6, "single", None),
        (vpc_fault, 5, "none", "or delete the default VPC"),
        (vpc_fault, 6, "none", None),
    ],
)
def test_a_fix_proposes_only_what_keeps_the_quota(rule: Any, count: int, nat: Any, advice: str | None) -> None:
    in_ = where(nat=nat)
    fault = rule([resolved(deployments(1)[0], in_)] * count, in_)
    assert ("or " in fault.fix) is (advice is not None)
    assert (advice or "") in fault.fix
