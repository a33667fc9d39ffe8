"""The declaration of shop: a public service with a database, an internal one, and a worker, in one image."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.model.resolved import Resolved
from tests.support.project import PROJECT

SHOPS = {
    environment: next(each for each in PROJECT.resolve(environment) if each.name == "shop")
    for environment in PROJECT.environment_names()
}
each_environment = pytest.mark.parametrize("shop", SHOPS.values(), ids=SHOPS)


def containers(shop: Resolved, service: str) -> dict[str, Any]:
    return {each["name"]: each for each in json.loads(shop.service(service).container_definitions or "")}


@each_environment
def test_only_orders_has_a_path_and_only_the_worker_has_no_port(shop: Resolved) -> None:
    assert {each.name: (each.path_patterns, each.container_port) for each in shop.services} == {
        "orders": (("/orders", "/orders/*"), 3010),
        "catalog": ((), 3011),
        "mailer": ((), None),
    }


@each_environment
def test_all_run_one_image_with_their_own_commands(shop: Resolved) -> None:
    own = [containers(shop, each.name)[each.name] for each in shop.services]
    assert len({each["image"] for each in own}) == 1
    assert [each.get("command", [])[-1:] for each in own] == [
        [],
        ["service_apps.shop.catalog"],
        ["service_apps.shop.mailer"],
    ]


@each_environment
def test_orders_migrates_first_and_receives_the_database_and_its_password(shop: Resolved) -> None:
    found = containers(shop, "orders")
    own, variables = found["orders"], shop.service("orders").environment_variables
    assert own["dependsOn"] == [{"containerName": "before-start", "condition": "SUCCESS"}]
    assert [each["name"] for each in own["secrets"]] == ["DATABASE_PASSWORD"]
    assert variables["INVOICES_BUCKET"] == f"colonnade-{shop.environment}-shop-invoices"
    assert variables["DATABASE_PORT"] == ("15432" if shop.environment == "sandbox" else "5432")


@each_environment
def test_orders_may_write_to_the_bucket_that_it_is_given_and_to_no_other(shop: Resolved) -> None:
    (allow,) = shop.service("orders").permissions
    bucket = shop.service("orders").environment_variables["INVOICES_BUCKET"]
    assert (allow.actions, allow.resources) == (("s3:PutObject",), (f"arn:aws:s3:::{bucket}/*",))
    assert shop.service("mailer").permissions == ()


def test_the_environments_differ_in_host_and_bucket() -> None:
    own = [shop.service("orders").environment_variables for shop in SHOPS.values()]
    for name in ("DATABASE_HOST", "INVOICES_BUCKET"):
        assert len({each[name] for each in own}) == len(SHOPS)
