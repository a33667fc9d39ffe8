"""Connections to what is outside: what each environment says of them, the variables, the rules and the sources."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.model.environment.document import parse
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import out_of_range, unknown_key
from tests.support.specs import deployment, problems_of, problems_raised, resolved, service
from tests.support.toml_documents import changed

DATABASE = {"port": 5432, "host": "orders.abc.eu-west-1.rds.amazonaws.com", "cidr": "10.9.0.0/16"}
TABLE = "environments/dev.toml [deployments.shop.connections.orders-db]"
ORDERS = service("orders", connections=("orders-db",))


def where(**connections: Any) -> Environment:
    names = {name.replace("_", "-"): settings for name, settings in connections.items()}
    return parse("colonnade", "dev", changed("deployments", {"shop": {"connections": names}}))


def database(**settings: Any) -> Environment:
    """Return an environment with these settings for the connection `orders-db`; None leaves out a key."""
    return where(orders_db={key: value for key, value in {**DATABASE, **settings}.items() if value is not None})


def test_a_service_receives_host_and_port_and_every_value_has_its_source() -> None:
    (orders,) = resolved(deployment(ORDERS), database()).services

    assert orders.environment_variables["ORDERS_DB_HOST"] == DATABASE["host"]
    assert orders.environment_variables["ORDERS_DB_PORT"] == "5432"
    assert orders.sources["environment_variables.ORDERS_DB_HOST"] == TABLE
    assert orders.sources["connections.orders-db"] == TABLE
    assert orders.sources["connections"].endswith("service 'orders'")


def test_an_environment_chooses_the_names_of_the_variables() -> None:
    named = database(variable="DATABASE_HOST", port_variable="DATABASE_PORT")
    (orders,) = resolved(deployment(ORDERS), named).services

    assert orders.connections["orders-db"].variable == "DATABASE_HOST"
    assert {"DATABASE_HOST", "DATABASE_PORT"} <= orders.environment_variables.keys()
    assert "ORDERS_DB_HOST" not in orders.environment_variables


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"port": 0}, out_of_range("port", 0, 1, 65_535).message),
        ({"host": "postgres://db.example.com"}, "host 'postgres://db.example.com' is not a host"),
        ({"host": "db.example.com:5432"}, "is not a host"),
        ({"host": "10.9.0.256"}, "host '10.9.0.256' is not an IPv4 address"),
        ({"host": "10.8.0.1"}, "host '10.8.0.1' is not in its block '10.9.0.0/16'"),
        ({"cidr": None}, "does not say where it is"),
        ({"security_group_id": "sg-0a1b2c3d4e5f60718"}, "has security_group_id and cidr"),
        ({"cidr": "10.9.0.1/16"}, "use '10.9.0.0/16'"),
        ({"cidr": "2001:db8::/32"}, "is not a block of addresses"),
        ({"cidr": None, "security_group_id": "orders"}, "security_group_id 'orders' is not the ID"),
        ({"cidr": None, "prefix_list_id": "com.amazonaws.s3"}, "prefix_list_id 'com.amazonaws.s3' is not the ID"),
        ({"manage_ingress": True}, "manage_ingress has no effect without a security_group_id"),
        ({"prt": 1}, unknown_key("deployments.shop.connections.orders-db.prt", "keys: cidr, host")),
    ],
)
def test_a_wrong_setting_is_a_problem_of_the_environment(settings: dict[str, Any], problem: object) -> None:
    (found,) = problems_raised(lambda: database(**settings))

    assert found.startswith("environment 'dev': ")
    assert str(problem) in found


def test_a_connection_that_the_environment_does_not_set_is_one_problem_with_what_to_write() -> None:
    both = deployment(ORDERS, service("stock", image_name="orders", connections=("orders-db",)))

    assert problems_of(both, where()) == [
        "deployment 'shop': connection 'orders-db' of 'orders' and 'stock' is not set by the environment\n"
        "    add under [deployments.shop.connections] in the environment's file: orders-db = "
        '{ port = 5432, host = "db.example.com", cidr = "10.9.0.0/16" }'
    ]


def test_a_wrong_name_of_a_connection_is_one_problem_in_all_environments() -> None:
    (wrong,) = problems_of(deployment(ORDERS), where(order_db=DATABASE))
    prod = parse("colonnade", "prod", changed("deployments", {"shop": {"connections": {"order-db": DATABASE}}}))
    assert problems_of(deployment(ORDERS), prod) == [wrong]
    assert "connection 'orders-db' of 'orders' is not set by the environment" in wrong
    assert "did you mean 'order-db', which it sets?" in wrong


def test_a_connection_that_no_service_names_is_a_problem() -> None:
    (unused,) = problems_of(deployment(ORDERS), where(orders_db=DATABASE, order_db=DATABASE))
    assert unused == (
        "environments/dev.toml [deployments.shop.connections.order-db]: no service of 'shop' connects to it\n"
        "    declared: orders-db"
    )


@pytest.mark.parametrize(
    ("fields", "settings", "problem"),
    [
        ({}, {"variable": "PORT"}, "variable 'PORT' has a name that the container contract has"),
        ({"variables": {"DB": "x"}}, {"port_variable": "db"}, "port_variable 'db' has a name that `variables` has"),
        ({"calls": ("users",)}, {"variable": "USERS_URL"}, "has a name that the URL of a called service has"),
        ({}, {"port_variable": "ORDERS_DB_HOST"}, "has a name that variable of connection 'orders-db' has"),
        ({}, {"variable": "1ST"}, "variable '1ST' is not the name of an environment variable"),
    ],
)
def test_a_variable_that_is_taken_or_malformed_is_refused(
    fields: dict[str, Any], settings: dict[str, Any], problem: str
) -> None:
    orders = service("orders", connections=("orders-db",), **fields)
    (found,) = problems_of(deployment(orders, service("users", image_name="orders")), database(**settings))

    assert found.startswith(f"{TABLE}: for service 'orders': ")
    assert problem in found


def test_two_connections_of_a_service_have_different_variables() -> None:
    two = deployment(service("orders", connections=("orders-db", "cache")))
    where_two = where(orders_db={**DATABASE, "variable": "HOST_OF"}, cache={**DATABASE, "variable": "HOST_OF"})
    (found,) = problems_of(two, where_two)
    assert "variable 'HOST_OF' has a name that variable of connection 'orders-db' has" in found


def test_names_are_checked_where_they_are_declared() -> None:
    odd = problems_of(deployment(service("orders", connections=("Orders_DB", "cache", "cache"))), where(cache=DATABASE))

    assert any("connection 'Orders_DB' is not a valid name" in each for each in odd)
    assert any("connects to 'cache' 2 times" in each for each in odd)
    assert len(odd) == 2


def test_an_environment_may_leave_a_connection_out() -> None:
    settings: dict[str, Any] = {"shop": {"services": {"orders": {"connections": []}}}}
    without = parse("colonnade", "dev", changed("deployments", settings))

    assert resolved(deployment(ORDERS), without).services[0].connections == {}


def test_connections_count_as_rules_of_the_services_security_group() -> None:
    many = tuple(f"db{number}" for number in range(60))
    where_many = where(**dict.fromkeys(many, DATABASE))
    found = problems_of(deployment(service("orders", connections=many)), where_many)

    assert any(
        "has 60 connections and uses port 443; its security group has at most 60 rules" in each for each in found
    )
    assert (
        problems_of(deployment(service("orders", connections=many[:59])), where(**dict.fromkeys(many[:59], DATABASE)))
        == []
    )
