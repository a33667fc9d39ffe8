"""An environment's settings for a service: what they replace, which rules judge them, and the source of each value."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.model.environment.document import parse
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import out_of_range
from colonnade.model.resolve import resolve
from colonnade.model.resolved import Resolved
from colonnade.model.service.declaration import Service
from colonnade.model.service.secrets import SecretsManagerSecret, SsmParameter
from colonnade.model.service.task_size import task_size_fault
from colonnade.show import show_text
from tests.support.specs import deployment, problems_of, problems_raised, resolved, service
from tests.support.toml_documents import changed

TABLE = "environments/dev.toml [deployments.shop.services.orders]"
ORDERS = service(
    "orders",
    cpu_units=256,
    desired_count=2,
    variables={"LOG_LEVEL": "info", "REGION_NAME": "eu"},
    secrets={"PAYMENT_KEY": SecretsManagerSecret("shop/payment", json_key="key"), "TOKEN": SsmParameter("/shop/token")},
)


def where(**settings: Any) -> Environment:
    """Return an environment as its file declares it, with these settings for the service `orders`."""
    return parse("colonnade", "dev", changed("deployments", {"shop": {"services": {"orders": settings}}}))


def shop(*services: Service, **settings: Any) -> Resolved:
    return resolved(deployment(*(services or (ORDERS,))), where(**settings))


def test_a_value_of_the_environment_replaces_the_declared_one() -> None:
    (orders,) = shop(
        desired_count=6, cpu_units=1024, memory_mib=2048, capacity={"FARGATE": 1, "FARGATE_SPOT": 3}
    ).services

    assert (orders.desired_count, orders.cpu_units, orders.memory_mib) == (6, 1024, 2048)
    assert orders.capacity == {"FARGATE": 1, "FARGATE_SPOT": 3}
    assert orders.container_port == 8080


def test_variables_and_secrets_are_merged_by_name_and_a_name_is_in_one_of_them() -> None:
    (orders,) = shop(
        variables={"LOG_LEVEL": "debug", "TOKEN": "none"},
        secrets={"REGION_NAME": {"ssm": "/shop/region"}, "NEW": {"secrets_manager": "shop/new", "json_key": "key"}},
    ).services

    assert orders.containers is not None
    own = orders.containers[0]
    assert {name: own.variables[name] for name in ("LOG_LEVEL", "TOKEN")} == {"LOG_LEVEL": "debug", "TOKEN": "none"}
    assert "REGION_NAME" not in own.variables
    arn = "arn:aws:{}:eu-west-1:999988887777:{}"
    assert own.secrets == {
        "PAYMENT_KEY": arn.format("secretsmanager", "secret:shop/payment:key::"),
        "REGION_NAME": arn.format("ssm", "parameter/shop/region"),
        "NEW": arn.format("secretsmanager", "secret:shop/new:key::"),
    }
    assert arn.format("ssm", "parameter/shop/token") not in orders.secret_arns


def test_two_environments_differ_and_another_service_does_not() -> None:
    other = service("users", image_name="orders")
    small, large = shop(ORDERS, other), shop(ORDERS, other, desired_count=6, variables={"LOG_LEVEL": "warn"})

    assert [each.desired_count for each in small.services] == [2, 2]
    assert [each.desired_count for each in large.services] == [6, 2]
    assert small.service("users") == large.service("users")
    assert small.service("orders").environment_variables["LOG_LEVEL"] == "info"
    assert large.service("orders").environment_variables["LOG_LEVEL"] == "warn"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"desired_count": 9000}, out_of_range("desired count", 9000, 0, 5000)),
        ({"memory_mib": 4096}, task_size_fault(256, 4096)),
        ({"capacity": {"FARGATE_SPOTT": 1}}, "did you mean 'FARGATE_SPOT'?"),
        ({"capacity": {"FARGATE": 0}}, "capacity has no weight other than 0"),
        ({"capacity": {"FARGATE": 1001}}, out_of_range("capacity.FARGATE", 1001, 0, 1000)),
        ({"capacity": {"FARGATE_SPOT": 1}, "capacity_base": 2}, "capacity_base 2 has no effect"),
        ({"variables": {"PORT": "80"}}, "variables.PORT is set by Colonnade"),
        ({"variables": {"A": "1"}, "secrets": {"A": {"ssm": "/a"}}}, "variables.A is declared in `secrets` too"),
        ({"secrets": {"KEY": {"ssm": "no good"}}}, "secrets.KEY.name 'no good' is not the name of a parameter"),
        ({"secrets": {"KEY": {}}}, "secrets.KEY has neither of secrets_manager and ssm"),
        (
            {"secrets": {"KEY": {"ssm": "/a", "secrets_manager": "a"}}},
            "secrets.KEY has both of secrets_manager and ssm",
        ),
        ({"secrets": {"KEY": {"ssm": "/a", "json_key": "key"}}}, "secrets.KEY.json_key has no effect"),
    ],
)
def test_the_rules_judge_the_result_and_name_the_file_and_the_table(settings: dict[str, Any], problem: object) -> None:
    (found,) = problems_of(deployment(ORDERS), where(**settings))

    assert found.startswith(f"{TABLE}: ")
    assert str(problem) in found


def test_the_settings_are_merged_before_the_rules_run_so_they_may_cure_a_declaration() -> None:
    declared = deployment(service("orders", memory_mib=4096))

    assert problems_of(declared, where(cpu_units=512)) == []
    (left,) = problems_of(declared, where(desired_count=3))
    assert left == f"deployment 'shop', service 'orders': {task_size_fault(256, 4096)}"


def test_a_problem_of_the_deployment_names_the_table_of_the_deployment() -> None:
    users = service("users", image_name="orders", desired_count=300)
    (found,) = problems_of(deployment(ORDERS, users), where(desired_count=300))
    assert found.startswith("environments/dev.toml [deployments.shop]: 600 tasks need up to 1200 targets")


def test_an_unknown_name_is_suggested() -> None:
    misspelt = parse(
        "colonnade", "dev", changed("deployments", {"shop": {"services": {"ordes": {"desired_count": 1}}}})
    )
    (found,) = problems_of(deployment(ORDERS), misspelt)
    assert found == (
        "environments/dev.toml [deployments.shop.services.ordes]: deployment 'shop' has no service 'ordes'\n"
        "    did you mean 'orders'? declared: orders"
    )
    other = parse("colonnade", "dev", changed("deployments", {"shp": {"services": {}}}))
    raised = problems_raised(lambda: resolve((deployment(ORDERS),), lambda: other, whole_project=True))
    assert any("[deployments.shp]" in each and "did you mean 'shop'?" in each for each in raised)


def test_every_value_says_where_it_comes_from() -> None:
    found = shop(desired_count=6, variables={"LOG_LEVEL": "debug"}, secrets={"NEW": {"ssm": "/shop/new"}})
    sources = found.service("orders").sources

    assert sources["desired_count"] == TABLE
    assert sources["environment_variables.LOG_LEVEL"] == TABLE
    assert sources["environment_variables.REGION_NAME"].startswith("tests/support/specs.py")
    assert sources["cpu_units"].startswith("tests/support/specs.py")
    assert sources["secret_arns"].endswith(f", {TABLE}")
    (line,) = (each for each in show_text(found).splitlines() if each.strip().startswith("desired_count "))
    assert line.endswith(TABLE)


def test_zero_and_an_empty_list_are_values() -> None:
    settings = where(desired_count=0, connections=[]).deployments["shop"].services["orders"]

    assert settings.given == {"desired_count", "connections"}
    (orders,) = shop(desired_count=0).services
    assert orders.desired_count == 0
