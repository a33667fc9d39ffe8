"""The blocks of an environment's deployments: each has one, no two overlap, and a free one is proposed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.environment.tables import NetworkSettings
from colonnade.model.network.layout import NetworkLayout
from colonnade.model.network.plan import NetworkPlan
from colonnade.model.resolve import resolve
from tests.support.project import PROJECT
from tests.support.specs import deployment, environment, problems_raised, service

OWN = NetworkLayout(
    zones=("a", "b"),
    vpc_cidr="10.0.0.0/16",
    public_cidrs=("10.0.0.0/24", "10.0.1.0/24"),
    private_cidrs=("10.0.2.0/24", "10.0.3.0/24"),
    nat="single",
)
LENGTHS = st.integers(16, 24)
BLOCKS = st.builds(
    lambda address, length: str(ipaddress.IPv4Network((address, length), strict=False)),
    st.integers(int(ipaddress.IPv4Address("10.0.0.0")), int(ipaddress.IPv4Address("10.255.255.255"))),
    LENGTHS,
)


def named(name: str, network: NetworkLayout | None = None) -> Deployment:
    label = name.replace("_", "-")
    return deployment(service(f"{label}-api", "/api"), name=name, subdomain=label, namespace=None, network=network)


def problems_of(*deployments: Deployment, blocks: Mapping[str, str], name: str = "test") -> list[str]:
    """Return the problems of deployments in an environment with these blocks."""
    return problems_raised(lambda: resolve(deployments, lambda: _environment(deployments, blocks, name)))


def _environment(deployments: tuple[Deployment, ...], blocks: Mapping[str, str], name: str) -> Environment:
    services = [each for declared in deployments for each in declared.services]
    return replace(environment(*services), name=name, network=NetworkSettings(vpc_cidrs=blocks, nat="single"))


def test_no_two_blocks_of_an_environment_overlap_in_this_repository() -> None:
    for name in sorted({*PROJECT.environment_names()} - {SANDBOX}):
        networks = [each.network for each in PROJECT.resolve(name)]
        blocks = [ipaddress.IPv4Network(each.vpc_cidr) for each in networks if isinstance(each, NetworkPlan)]
        assert [pair for pair in combinations(blocks, 2) if pair[0].overlaps(pair[1])] == []


def test_the_block_of_the_demo_is_never_changed() -> None:
    blocks = {name: PROJECT.environment(name).network.vpc_cidrs["services"] for name in PROJECT.environment_names()}
    assert blocks == {"dev": "10.1.0.0/16", "prod": "10.2.0.0/16", "sandbox": "10.0.0.0/16"}


def test_a_deployment_without_a_block_is_refused_with_the_line_to_add() -> None:
    blocks = {"shop": "10.1.0.0/16", "other": "10.9.0.0/16"}
    assert problems_of(named("shop"), named("front_door"), named("mart"), blocks=blocks) == [
        "deployment 'front_door': has no block in environment 'test'\n"
        '    add `front_door = "10.10.0.0/16"` to [network.vpc_cidrs] of environments/test.toml',
        "deployment 'mart': has no block in environment 'test'\n"
        '    add `mart = "10.11.0.0/16"` to [network.vpc_cidrs] of environments/test.toml',
    ]


def test_a_misspelt_block_is_named_where_no_other_deployment_may_have_it() -> None:
    declared = (named("shop"), named("front_door"))
    blocks = {"shop": "10.1.0.0/16", "front_dor": "10.9.0.0/16"}

    def problems(*, whole_project: bool) -> list[str]:
        where = _environment(declared, blocks, "test")
        return problems_raised(lambda: resolve(declared, lambda: where, whole_project=whole_project))

    (whole,), (part,) = problems(whole_project=True), problems(whole_project=False)
    added = 'add `front_door = "10.10.0.0/16"` to [network.vpc_cidrs] of environments/test.toml'
    assert whole.endswith(f"    did you mean to write 'front_door' in place of 'front_dor'? Rename it, or {added}")
    assert part.endswith(f"    {added}")


def test_overlapping_blocks_are_refused_with_a_free_one() -> None:
    blocks = {"shop": "10.0.0.0/16", "mart": "10.0.128.0/17"}
    assert problems_of(named("shop"), named("mart"), blocks=blocks) == [
        "environment 'test': the blocks of 'shop', 10.0.0.0/16, and 'mart', 10.0.128.0/17, overlap\n"
        "    give one of them a free block, such as 10.1.0.0/17: a VPC's block cannot be changed later"
    ]


def test_a_declared_network_counts_and_needs_no_block() -> None:
    assert problems_of(named("shop", OWN), named("mart"), blocks={"mart": "10.1.0.0/16"}) == []
    (overlap,) = problems_of(named("shop", OWN), named("mart"), blocks={"mart": "10.0.0.0/16"})
    assert "'mart', 10.0.0.0/16, and 'shop', 10.0.0.0/16, overlap" in overlap
    (twice,) = problems_of(named("shop", OWN), blocks={"shop": "10.0.0.0/16"})
    assert twice.startswith("deployment 'shop': has a network of its own and a block in environment 'test'")


def test_the_block_of_a_deployment_that_is_not_declared_stays_reserved() -> None:
    assert problems_of(named("shop"), blocks={"shop": "10.0.0.0/16", "removed": "10.1.0.0/16"}) == []
    (overlap,) = problems_of(named("shop"), blocks={"shop": "10.0.0.0/16", "removed": "10.0.0.0/24"})
    assert "'removed', 10.0.0.0/24" in overlap


def test_blocks_may_overlap_in_the_sandbox() -> None:
    blocks = {"shop": "10.0.0.0/16", "mart": "10.0.0.0/16"}
    assert problems_of(named("shop"), named("mart"), blocks=blocks, name=SANDBOX) == []


@given(st.lists(BLOCKS, max_size=6))
@settings(deadline=None)
def test_the_proposed_block_is_accepted(blocks: list[str]) -> None:
    taken = {f"d{number}": block for number, block in enumerate(blocks)}
    (missing,) = [each for each in problems_of(named("shop"), blocks=taken) if "has no block" in each]
    proposed = re.findall(r'`shop = "(.*)"`', missing)
    remaining = problems_of(named("shop"), blocks={**taken, "shop": proposed[0]})
    assert [problem for problem in remaining if "shop" in problem] == []


@pytest.mark.parametrize("length", [16, 20, 28])
def test_a_proposed_block_has_the_size_of_the_last_one(length: int) -> None:
    (missing,) = problems_of(named("shop"), blocks={"other": f"10.255.0.0/{length}"})
    assert f"/{length}" in missing
