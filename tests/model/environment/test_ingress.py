"""The clients of a load balancer: the tables of an environment's file, their rules, and the resolved value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.environment.document import parse
from colonnade.model.environment.ingress import EVERYWHERE, IngressSettings
from colonnade.model.environment.settings import DeploymentSettings, Environment
from colonnade.model.errors import ConfigurationError, unknown_key
from colonnade.model.resolve import resolve
from tests.support.specs import deployment, environment, problems_raised, resolved, service
from tests.support.toml_documents import document

CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing"
OFFICE = "203.0.113.0/24"


def parsed(ingress: dict[str, Any], **deployments: dict[str, Any]) -> Environment:
    tables = {name: {"ingress": table} for name, table in deployments.items()}
    return parse("colonnade", "dev", {**document(), "ingress": ingress, "deployments": tables})


def faults(ingress: dict[str, Any], **deployments: dict[str, Any]) -> list[str]:
    """Return the messages of the problems, without the fixes."""
    found = problems_raised(lambda: parsed(ingress, **deployments))
    return [each.splitlines()[0].removeprefix("environment 'dev': ") for each in found]


def of(ingress: IngressSettings, **fields: Any) -> Environment:
    return replace(environment(service()), ingress=ingress, **fields)


def test_without_a_table_the_internet_is_let_in() -> None:
    found = resolved(deployment(service()))
    assert found.ingress == IngressSettings(cidrs=(EVERYWHERE,))
    assert parse("colonnade", "dev", document()).ingress == IngressSettings()


def test_the_table_of_a_deployment_replaces_that_of_the_environment_and_is_its_source() -> None:
    found = parsed({"cidrs": [OFFICE]}, shop={"cidrs": ["10.0.0.0/8"], "internal": True})
    assert found.ingress_of("shop") == IngressSettings(cidrs=("10.0.0.0/8",), internal=True)
    assert found.ingress_of("board") == found.ingress == IngressSettings(cidrs=(OFFICE,))
    (shop,) = resolve((deployment(service()),), lambda: found)
    assert shop.sources["ingress"] == "environments/dev.toml [deployments.shop.ingress]"
    (shop,) = resolve((deployment(service()),), lambda: parsed({"cidrs": [OFFICE]}))
    assert shop.sources["ingress"] == "environments/dev.toml [ingress]"


@pytest.mark.parametrize(
    "table",
    [
        {"cidrs": [OFFICE, "198.51.100.7/32"]},
        {"prefix_list": CLOUDFRONT},
        {"prefix_list": "com.amazonaws.eu-west-1.route53-healthchecks", "cidrs": [OFFICE]},
        {"prefix_list": "pl-0123456789abcdef0"},
        {"internal": True, "prefix_list": "pl-12345678"},
    ],
)
def test_an_allowed_table_passes(table: dict[str, Any]) -> None:
    assert faults(table) == []
    assert faults({}, shop=table) == []


def test_every_fault_of_every_table_is_reported_at_once() -> None:
    found = faults(
        {"cidrs": ["203.0.113.7/24", "office", "2001:db8::/32", OFFICE, OFFICE], "prefix_list": "pl-1"},
        shop={"internal": True},
        mart={"prefix_list": f"{CLOUDFRONT}s"},
    )
    assert found == [
        "ingress.cidrs[0] '203.0.113.7/24' is not a block's first address with a prefix length",
        "ingress.cidrs[1] 'office' is not a block of addresses",
        "ingress.cidrs[2] '2001:db8::/32' is an IPv6 block; the load balancer has IPv4 addresses only",
        f"ingress.cidrs[4] '{OFFICE}' is listed twice",
        "ingress.prefix_list 'pl-1' is neither the ID of a prefix list nor the name of one that AWS manages",
        "deployments.shop.ingress.internal has neither cidrs nor a prefix list: no client on the internet reaches it",
        f"deployments.mart.ingress.prefix_list '{CLOUDFRONT}s' is neither the ID of a prefix list nor the name of one "
        "that AWS manages",
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"cidrs": OFFICE}, f"ingress.cidrs '{OFFICE}' is not a list"),
        ({"cidrs": [4]}, "ingress.cidrs[0] 4 is not a string"),
        ({"prefix_list": 4}, "ingress.prefix_list 4 is not a string or None"),
        ({"internal": "yes"}, "ingress.internal 'yes' is not true or false"),
        ({"cidr": []}, unknown_key("ingress.cidr", "").message),
    ],
)
def test_a_value_of_another_type_is_reported(table: dict[str, Any], message: str) -> None:
    assert faults(table) == [message]


def test_a_misspelt_prefix_list_is_corrected() -> None:
    (problem,) = problems_raised(lambda: parsed({"prefix_list": CLOUDFRONT.replace("front", "frnt")}))
    assert f"did you mean {CLOUDFRONT!r}?" in problem


def blocks(count: int) -> tuple[str, ...]:
    return tuple(f"10.{number}.0.0/16" for number in range(count))


@pytest.mark.parametrize(
    ("ingress", "subdomain", "rules"),
    [
        (IngressSettings(cidrs=blocks(30)), "shop", None),
        (IngressSettings(cidrs=blocks(31)), "shop", 62),
        (IngressSettings(cidrs=blocks(60)), None, None),
        (IngressSettings(cidrs=blocks(61)), None, 61),
        (IngressSettings(cidrs=blocks(2), prefix_list=CLOUDFRONT), "shop", None),
        (IngressSettings(cidrs=blocks(3), prefix_list=CLOUDFRONT), "shop", 61),
    ],
)
def test_the_security_group_has_room_for_each_block_on_each_port_and_the_weight_of_the_list(
    ingress: IngressSettings, subdomain: str | None, rules: int | None
) -> None:
    declared = deployment(service(), subdomain=subdomain)
    found = problems_raised(lambda: resolve((declared,), lambda: of(ingress)))
    assert [f"are {rules} rules; a security group has at most 60" in each for each in found] == [True] * (
        rules is not None
    )


def test_a_table_of_no_deployment_is_reported_in_a_whole_project() -> None:
    settings = of(IngressSettings(), deployments={"shoop": DeploymentSettings()})
    with pytest.raises(ConfigurationError) as raised:
        resolve((deployment(service()),), lambda: settings, whole_project=True)
    (problem,) = raised.value.problems
    assert (problem.message, problem.fix) == (
        "table [deployments.shoop] has no effect: there is no deployment of this name",
        "did you mean 'shop'? deployments: shop",
    )
    resolve((deployment(service()),), lambda: settings)
