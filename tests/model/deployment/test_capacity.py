"""The number of tasks that AWS has room for while it replaces them: targets, instances in Cloud Map, addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.model.environment.tables import NetworkSettings
from colonnade.model.network.layout import NetworkLayout
from colonnade.model.service.declaration import Service
from tests.support.specs import deployment, environment, problems_of, service

SMALL = NetworkLayout(
    zones=("a", "b"), vpc_cidr="10.0.0.0/24", nat="single",
    public_cidrs=("10.0.0.0/27", "10.0.0.32/27"), private_cidrs=("10.0.0.64/28", "10.0.0.80/28"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("namespace", "what"),
    [
        ("shop", "instances in Cloud Map, which allows 1000 per service"),
        (None, "targets, and a target group has at most 1000"),
    ],
)
def test_a_service_has_at_most_half_as_many_tasks_as_it_may_have_targets(namespace: str | None, what: str) -> None:
    def problems(count: int) -> list[str]:
        return problems_of(deployment(service(desired_count=count), namespace=namespace))

    assert problems(500) == []
    assert problems(501) == [
        f"deployment 'shop', service 'orders': desired count 501 needs up to 1002 {what}\n"
        "    use 500 or less: while ECS replaces tasks, it runs twice as many"
    ]


def test_the_services_of_a_load_balancer_share_its_targets() -> None:
    def problems(count: int) -> list[str]:
        return problems_of(deployment(service("one", desired_count=300), service("two", desired_count=count)))

    assert problems(200) == []
    assert problems(201) == [
        "deployment 'shop': 501 tasks need up to 1002 targets; a load balancer has at most 1000\n"
        "    use 500 tasks or less in all, or split it: each deployment has a load balancer of its own"
    ]


def test_workers_are_no_targets_and_have_no_name_but_take_addresses() -> None:
    worker = Service(name="mailer", container_port=None, desired_count=600)
    others = [service(f"s{number}", desired_count=250) for number in range(2)]

    assert problems_of(deployment(*others, worker)) == []
    (problem,) = problems_of(deployment(replace(worker, desired_count=20), network=SMALL))
    assert problem.startswith("deployment 'shop': 20 tasks need up to 40 addresses")


def test_the_private_subnets_have_an_address_for_each_task_while_tasks_are_replaced() -> None:
    def problems(count: int) -> list[str]:
        return problems_of(deployment(service(desired_count=count), network=SMALL))

    assert problems(11) == []
    assert problems(12) == [
        "deployment 'shop': 12 tasks need up to 24 addresses; its private subnets 10.0.0.64/28, 10.0.0.80/28 have 22\n"
        "    use 11 tasks or less in all, or larger blocks"
    ]


def test_the_environments_network_and_its_count_are_used_for_services_that_declare_none() -> None:
    small = environment(service(), network=NetworkSettings(vpc_cidrs={"shop": "10.0.0.0/25"}, nat="single"))
    declared = deployment(*(service(f"s{number}") for number in range(14)))

    (problem,) = problems_of(declared, environment(*declared.services, network=small.network))
    assert "28 tasks need up to 56 addresses" in problem
    assert "have 54" in problem
