"""An existing listener: its table, the range of its priorities, and the deployments whose rules may be on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.deployment.declaration import Deployment, ForwardTo
from colonnade.model.environment.document import parse
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.listener import ListenerSettings
from colonnade.model.environment.settings import DeploymentSettings, Environment
from colonnade.model.environment.tables import NetworkSettings
from colonnade.model.errors import out_of_range
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.resolve import resolve
from colonnade.model.routing.listener_priority import computed_priority
from colonnade.model.service.declaration import Service
from colonnade.routes.document import table_document
from colonnade.routes.explanation import explanation
from colonnade.routes.listeners import listeners
from colonnade.routes.table import rule_table
from colonnade.show import show_text
from tests.support.specs import deployment, environment, problems_raised, service
from tests.support.toml_documents import document

ARN = "arn:aws:elasticloadbalancing:eu-west-1:999988887777:listener/app/platform/50dc6c495c0c9188/f2f7dc8efc522ab2"
LISTENER = ListenerSettings(arn=ARN, priorities=(1000, 1999))
NETWORK = ExistingNetwork(vpc_id="vpc-0a1b2c3d", private_subnet_ids=("subnet-0000000a", "subnet-0000000b"))
PRIORITIES = st.integers(1, 50_000)


def of(listener: ListenerSettings = LISTENER, *names: str, **fields: Any) -> Environment:
    settings = {name: DeploymentSettings(listener=listener) for name in names or ("shop",)}
    shared = {"network": NetworkSettings(existing=NETWORK), "deployments": settings}
    return replace(environment(service()), **{**shared, **fields})


def problems(declared: Deployment, where: Environment) -> list[str]:
    return problems_raised(lambda: resolve((declared,), lambda: where))


def test_the_rules_have_priorities_in_the_range() -> None:
    (own,) = resolve((deployment(service()),), lambda: environment(service()))
    (shared,) = resolve((deployment(service()),), lambda: of())
    assert shared.listener == LISTENER
    usual, found = own.service("orders"), shared.service("orders")
    assert usual.priority == computed_priority("/orders")
    assert found.priority == LISTENER.priority(computed_priority("/orders"))
    assert found.priority in range(1000, 2000)


@given(st.integers(1, 49_001), PRIORITIES, PRIORITIES)
def test_the_order_of_priorities_is_kept_within_the_range(first: int, one: int, other: int) -> None:
    listener = replace(LISTENER, priorities=(first, first + 999))
    low, high = sorted((one, other))
    assert first <= listener.priority(low) <= listener.priority(high) <= first + 999


def test_the_whole_range_changes_no_priority() -> None:
    whole = replace(LISTENER, priorities=(1, 50_000))
    assert [whole.priority(each) for each in (1, 45_510, 50_000)] == [1, 45_510, 50_000]


def test_two_services_whose_priorities_become_equal_are_refused_with_both_names() -> None:
    services = (service("orders", rule_priority=101), service("users", rule_priority=102))
    (problem,) = problems(deployment(*services), of(images={"orders": "1.0.0", "users": "1.0.0"}))
    assert (
        "service 'users': its priority 102 becomes 1002 on the existing listener, as does that of service 'orders'"
        in (problem)
    )


def test_the_owner_has_certificate_default_action_and_clients() -> None:
    where = parse(
        "colonnade",
        "dev",
        {
            **document(),
            "network": {"existing": {"vpc_id": NETWORK.vpc_id, "private_subnet_ids": list(NETWORK.private_subnet_ids)}},
            "certificate": {"arn": ARN.replace("elasticloadbalancing", "acm").split("listener")[0] + "certificate/1",
                            "domains": ["x.example.com"]},
            "deployments": {"shop": {"listener": {"arn": ARN, "priorities": [1000, 1999]}}},
        },
    )  # fmt: skip
    (found,) = resolve((deployment(service()),), lambda: where)
    assert (found.certificate, found.domain_name) == (None, "shop.example.com")
    assert found.sources["listener"] == found.sources["default_action"] == "environments/dev.toml [deployments.shop]"
    (only,) = listeners(found)
    assert (only.protocol, only.rules[0].host_patterns) == ("HTTPS", ("shop.example.com",))


@pytest.mark.parametrize(
    ("declared", "where", "message"),
    [
        (deployment(service()), of(network=environment().network), "creates a VPC, and the load balancer of listener"),
        (deployment(service(), subdomain=None), of(), "has 0 domain names for the rules on listener"),
        (
            deployment(service()),
            of(
                deployments={
                    "shop": DeploymentSettings(
                        listener=LISTENER, domain_names=tuple(f"n{each}.example.com" for each in range(4))
                    )
                }
            ),
            "has 4 domain names for the rules on listener",
        ),
        (
            deployment(service()),
            of(deployments={"shop": DeploymentSettings(listener=LISTENER, ingress=IngressSettings())}),
            "has an [ingress] table of its own, which has no effect on the existing load balancer",
        ),
        (
            deployment(Service(name="orders", container_port=80), default_action=ForwardTo(service="orders")),
            of(),
            "only the default action forwards to it",
        ),
    ],
)
def test_a_deployment_that_does_not_fit_is_refused(declared: Deployment, where: Environment, message: str) -> None:
    (problem,) = problems(declared, where)
    assert message in problem


def test_two_deployments_on_one_listener_have_ranges_that_do_not_overlap() -> None:
    declared = tuple(
        deployment(service(), name=name, subdomain=name, namespace=f"{name}.internal") for name in ("shop", "board")
    )
    (problem,) = problems_raised(lambda: resolve(declared, lambda: of(LISTENER, "shop", "board")))
    assert "deployment 'board': listener.priorities [1000, 1999] overlap [1000, 1999] of deployment 'shop'" in problem
    apart = of(LISTENER, "shop")
    other = DeploymentSettings(listener=replace(LISTENER, priorities=(2000, 2999)))
    apart = replace(apart, deployments={**apart.deployments, "board": other})
    assert problems_raised(lambda: resolve(declared, lambda: apart)) == []


@pytest.mark.parametrize(
    ("table", "messages"),
    [
        ({"arn": ARN, "priorities": [1, 50_000]}, []),
        ({"arn": "arn", "priorities": [1, 1000]}, ["arn 'arn' is not the ARN of an application listener"]),
        (
            {"arn": ARN.replace("eu-west-1", "us-east-1"), "priorities": [1, 1000]},
            [
                f"arn '{ARN.replace('eu-west-1', 'us-east-1')}' is not in the environment's region 'eu-west-1' and "
                "account '999988887777'"
            ],
        ),
        ({"arn": ARN, "priorities": [1000]}, ["priorities has 1 numbers"]),
        (
            {"arn": ARN, "priorities": [0, 60_000]},
            [out_of_range("priorities", wrong, 1, 50_000).message for wrong in (0, 60_000)],
        ),
        ({"arn": ARN, "priorities": [1000, 1998]}, ["priorities [1000, 1998] has fewer than 1000 priorities"]),
        ({"arn": ARN, "priorities": [2000, 1000]}, ["priorities [2000, 1000] has fewer than 1000 priorities"]),
    ],
)
def test_every_fault_of_the_table_is_reported(table: dict[str, Any], messages: list[str]) -> None:
    found = problems_raised(
        lambda: parse("colonnade", "dev", {**document(), "deployments": {"shop": {"listener": table}}})
    )
    assert [each.splitlines()[0].partition("deployments.shop.listener.")[2] for each in found] == messages


def test_the_default_action_and_the_other_rules_are_shown_as_the_owners() -> None:
    (found,) = resolve((deployment(service()),), of)
    table, explained = rule_table(found), explanation(found, "https://shop.example.com/other")
    for shown in (table, explained):
        assert "the default action of the listener's owner, which is not read" in shown
        assert "their rules are not read, and may match a request before these rules" in shown
        assert "404" not in shown
    assert table_document(found)["listeners"][0]["rules"][-1]["action"] == {"type": "owners_action"}
    assert "not compared: the host name" not in explanation(found, "https://www.example.com/orders")
    assert "default_action.kind" in show_text(found)
