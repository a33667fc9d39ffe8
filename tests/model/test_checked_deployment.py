"""What a stack is built from: priorities, edges, counts, addresses; and that all problems come together."""

from __future__ import annotations

from colonnade.model.checked_deployment import Edge, check, check_all
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Fault
from tests.support.specs import deployment, environment, problems_raised, service


def test_edges_follow_the_declared_calls_both_ways_with_the_callees_port() -> None:
    one = service("one", calls=("two", "three"), container_port=7071)
    two = service("two", calls=("one",), container_port=7072)
    three = service("three", container_port=7073)
    checked = check(deployment(one, two, three), environment(one, two, three))

    assert checked.edges == (
        Edge(caller=one, callee=two),
        Edge(caller=one, callee=three),
        Edge(caller=two, callee=one),
    )
    assert [edge.port for edge in checked.edges] == [7072, 7073, 7071]
    assert checked.callees(three) == ()


def test_each_service_has_its_own_count_or_the_environments_and_zero_is_a_count() -> None:
    usual, none, many = service("usual"), service("none", desired_count=0), service("many", desired_count=5)
    checked = check(deployment(usual, none, many), environment(usual, none, many))

    assert [checked.desired_count(each) for each in (usual, none, many)] == [2, 0, 5]


def test_a_declared_priority_wins_over_the_computed_one() -> None:
    plain, declared = service("service1"), service("other", rule_priority=5)
    checked = check(deployment(plain, declared), environment(plain, declared))

    assert [checked.priority(each) for each in (plain, declared)] == [45789, 5]


def test_the_domain_name_is_the_subdomain_in_the_environments_zone() -> None:
    assert check(deployment(), environment()).domain_name == "shop.example.com"
    assert check(deployment(subdomain=None), environment()).domain_name is None


def test_the_address_plan_is_the_environments() -> None:
    assert check(deployment(), environment()).network.private_cidrs == ("10.0.128.0/20", "10.0.144.0/20")


def test_several_deployments_are_checked_in_their_order() -> None:
    one, two = deployment(), deployment(name="mart", subdomain="mart")

    assert [checked.spec.name for checked in check_all([one, two], environment)] == ["shop", "mart"]


def test_problems_of_the_environment_and_of_every_deployment_come_together() -> None:
    def no_environment() -> Environment:
        raise ConfigurationError([Fault("is broken", "mend it").of("environment", "dev")])

    one = deployment(service("one", container_port=0))
    two = deployment(service("two", container_port=0), name="mart")
    problems = problems_raised(lambda: check_all([one, two], no_environment))

    assert [problem.split(":")[0] for problem in problems] == [
        "environment 'dev'",
        "service 'one'",
        "service 'two'",
        "deployment 'mart'",
    ]
