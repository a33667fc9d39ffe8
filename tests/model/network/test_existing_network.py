"""An existing network: its table, its rules, and the deployments that it is the network of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.environment.document import parse
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.settings import DeploymentSettings, Environment
from colonnade.model.environment.tables import NetworkSettings
from colonnade.model.errors import unknown_key
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.network.layout import NetworkLayout
from colonnade.model.network.plan import NetworkPlan
from colonnade.model.quotas import elastic_ip_fault, vpc_fault
from colonnade.model.resolve import resolve
from tests.support.specs import deployment, environment, problems_raised, service
from tests.support.toml_documents import document

VPC, OTHER_VPC = "vpc-0a1b2c3d4e5f67890", "vpc-1a2b3c4d"
SUBNETS = tuple(f"subnet-0a1b2c3d4e5f6789{number}" for number in range(4))
NETWORK = ExistingNetwork(vpc_id=VPC, public_subnet_ids=SUBNETS[:2], private_subnet_ids=SUBNETS[2:])
TABLE = {"vpc_id": VPC, "public_subnet_ids": list(SUBNETS[:2]), "private_subnet_ids": list(SUBNETS[2:])}
LAYOUT = NetworkLayout(
    zones=("a", "b"), vpc_cidr="10.0.0.0/16", nat="single",
    public_cidrs=("10.0.0.0/24", "10.0.1.0/24"), private_cidrs=("10.0.2.0/24", "10.0.3.0/24"),
)  # fmt: skip


def parsed(existing: Any, **deployments: Any) -> Environment:
    tables = {name: {"network": table} for name, table in deployments.items()}
    return parse("colonnade", "dev", {**document(), "network": {"existing": existing}, "deployments": tables})


def of(network: NetworkSettings, **deployments: DeploymentSettings) -> Environment:
    return replace(environment(service()), network=network, deployments=deployments)


def messages(problems: list[str]) -> list[str]:
    return [each.splitlines()[0].partition(": ")[2] for each in problems]


def test_the_tables_are_read_and_one_of_a_deployment_comes_first() -> None:
    found = parsed(TABLE, shop={**TABLE, "vpc_id": OTHER_VPC})
    assert found.network.existing == NETWORK
    assert found.network_of("shop") == replace(NETWORK, vpc_id=OTHER_VPC)
    assert found.network_of("board") == NETWORK
    assert parse("colonnade", "dev", document()).network_of("shop") is None


def test_a_block_of_its_own_or_a_declared_network_comes_before_the_one_of_the_environment() -> None:
    mixed = of(NetworkSettings(existing=NETWORK, vpc_cidrs={"board": "10.0.0.0/16"}))
    declared = (
        deployment(service(), namespace="shop.internal"),
        deployment(service(), name="board", subdomain="board"),
        deployment(service(), name="mart", subdomain="mart", network=replace(LAYOUT, vpc_cidr="10.0.0.0/16")),
    )
    where = replace(mixed, name="sandbox")  # where blocks may overlap
    shop, board, mart = resolve(declared, lambda: where)
    assert shop.network == NETWORK
    assert isinstance(board.network, NetworkPlan)
    assert isinstance(mart.network, NetworkPlan)
    assert shop.service("orders").target_group_name != board.service("orders").target_group_name
    assert vpc_fault((shop,), mixed) is elastic_ip_fault((shop,) * 9, mixed) is None


def test_another_vpc_is_another_target_group() -> None:
    def name(vpc_id: str) -> str | None:
        where = of(NetworkSettings(existing=replace(NETWORK, vpc_id=vpc_id)))
        (found,) = resolve((deployment(service()),), lambda: where)
        return found.service("orders").target_group_name

    assert name(VPC) == name(VPC) != name(OTHER_VPC)


def test_every_fault_of_every_table_is_reported_at_once() -> None:
    found = problems_raised(
        lambda: parsed(
            {"vpc_id": "vpc-1", "public_subnet_ids": [SUBNETS[0]], "private_subnet_ids": [SUBNETS[0], SUBNETS[0]]},
            shop={"vpc_id": VPC, "public_subnet_ids": ["sub"], "private_subnet_ids": []},
            mart={"vpc_id": VPC, "private_subnets": []},
        )
    )
    assert messages(found) == [
        unknown_key("deployments.mart.network.private_subnets", "").message,
        "missing key 'deployments.mart.network.private_subnet_ids'",
        "network.existing.vpc_id 'vpc-1' is not the ID of a VPC",
        f"network.existing.private_subnet_ids names '{SUBNETS[0]}' 2 times",
        "network.existing.private_subnet_ids has one subnet",
        "network.existing.public_subnet_ids has one subnet; a load balancer needs two or more",
        f"network.existing: subnet '{SUBNETS[0]}' is both public and private",
        "deployments.shop.network.public_subnet_ids: 'sub' is not the ID of a subnet",
        "deployments.shop.network.private_subnet_ids has no subnet",
        "deployments.shop.network.public_subnet_ids has one subnet; a load balancer needs two or more",
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (4, "network.existing 4 is not a table"),
        ({**TABLE, "vpc_id": 4}, "network.existing.vpc_id 4 is not a string"),
        ({**TABLE, "vpc_id": "vpc-TODO"}, "network.existing.vpc_id 'vpc-TODO' still contains the placeholder TODO"),
    ],
)
def test_a_value_of_another_form_is_reported(table: Any, message: str) -> None:
    assert messages(problems_raised(lambda: parsed(table))) == [message]


@pytest.mark.parametrize(
    ("declared", "network"),
    [
        (deployment(service()), NetworkSettings(vpc_cidrs={"shop": "10.0.0.0/16"})),
        (deployment(service(), network=LAYOUT), NetworkSettings()),
    ],
)
def test_a_deployment_with_two_networks_is_refused(declared: Any, network: NetworkSettings) -> None:
    where = of(network, shop=DeploymentSettings(network=NETWORK))
    (problem,) = problems_raised(lambda: resolve((declared,), lambda: where))
    assert "and an existing network in environment 'test'" in problem


def test_without_public_subnets_only_an_internal_load_balancer_is_allowed() -> None:
    where = of(NetworkSettings(existing=replace(NETWORK, public_subnet_ids=())))
    (problem,) = problems_raised(lambda: resolve((deployment(service()),), lambda: where))
    assert f"its network {VPC!r} has no public_subnet_ids for the load balancer" in problem
    internal = replace(where, ingress=IngressSettings(cidrs=("10.0.0.0/8",), internal=True))
    assert problems_raised(lambda: resolve((deployment(service()),), lambda: internal)) == []


def test_two_namespaces_in_one_vpc_do_not_hide_each_other() -> None:
    where = of(NetworkSettings(existing=NETWORK))
    declared = [deployment(service(), name=name, subdomain=name) for name in ("shop", "board")]
    (problem,) = problems_raised(lambda: resolve(declared, lambda: where))
    assert "deployment 'board': namespace 'shop' and 'shop' of deployment 'shop' are in the same VPC" in problem
    below = [declared[0], replace(declared[1], namespace="board.shop")]
    assert len(problems_raised(lambda: resolve(below, lambda: where))) == 1
    apart = [declared[0], replace(declared[1], namespace="board.internal")]
    assert problems_raised(lambda: resolve(apart, lambda: where)) == []
