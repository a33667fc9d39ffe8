"""The check of all declarations at once, in their order."""

from __future__ import annotations

from colonnade.model.check import check
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Fault
from tests.support.specs import deployment, environment, problems_raised, service


def test_several_deployments_are_checked_in_their_order() -> None:
    one, two = deployment(), deployment(name="mart", subdomain="mart")

    assert check([one, two], environment) == ((one, two), environment())


def test_problems_of_the_environment_and_of_every_deployment_are_reported_together() -> None:
    def no_environment() -> Environment:
        raise ConfigurationError([Fault("is broken", "repair it").of("environment", "dev")])

    one = deployment(service("one", container_port=0))
    two = deployment(service("two", container_port=0), name="mart")
    problems = problems_raised(lambda: check([one, two], no_environment))

    assert [problem.split(":")[0] for problem in problems] == [
        "environment 'dev'",
        "deployment 'shop', service 'one'",
        "deployment 'mart', service 'two'",
        "deployment 'mart'",
    ]
