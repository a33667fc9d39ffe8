"""A TOML document's shape: keys, types and placeholders, every problem at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from colonnade.model.environment.document import PLACEHOLDERS, parse
from colonnade.model.errors import out_of_range, unknown_key
from colonnade.model.network.cidr_plan import cidr_fault
from tests.support.specs import problems_raised
from tests.support.toml_documents import changed, document


def problems_of(declared: dict[str, Any]) -> list[str]:
    return problems_raised(lambda: parse("colonnade", "dev", declared))


def test_a_valid_document_becomes_an_environment() -> None:
    environment = parse("colonnade", "dev", document())

    assert environment.name == "dev"
    assert environment.account_id == "999988887777"
    assert environment.network.nat == "single"
    assert environment.tasks.desired_count == 2
    assert environment.timing.dns_ttl_seconds == 10
    assert environment.images == {"orders": "1.0.0"}


def test_two_zones_are_the_default() -> None:
    assert (
        parse("colonnade", "dev", changed("network.availability_zone_count", None)).network.availability_zone_count == 2
    )


KEYS = [
    *[key for key, value in document().items() if not isinstance(value, dict)],
    *[f"{table}.{key}" for table in ("network", "tasks", "timing") for key in document()[table]],
]


@pytest.mark.parametrize(
    "key", [key for key in KEYS if key not in {"network.availability_zone_count", "network.vpc_cidrs", "network.nat"}]
)
def test_a_missing_key_is_reported(key: str) -> None:
    assert problems_of(changed(key, None)) == [
        f"environment 'dev': missing key '{key}'\n    add the key to the environment's file"
    ]


@pytest.mark.parametrize("table", ["tasks", "timing", "images"])
def test_a_missing_table_is_reported(table: str) -> None:
    needed = {
        "tasks": "desired_count, capacity_provider",
        "timing": "health_check_interval",
    }
    (problem,) = problems_of(changed(table, None))
    assert problem.startswith(
        f"environment 'dev': missing table [{table}]\n    add the table to the environment's file"
    )
    assert needed.get(table, "") in problem


def test_an_unknown_key_is_reported_with_a_suggestion() -> None:
    both = changed("network.natt", "single")
    misspelt = {**both, "network": {key: value for key, value in both["network"].items() if key != "nat"}}
    unknown = f"environment 'dev': {unknown_key('network.natt', '').message}\n"

    assert f"{unknown}    did you mean 'nat'? keys: availability_zone_count, existing, nat, vpc_cidrs" in problems_of(
        misspelt
    )
    assert problems_of(both) == [f"{unknown}    keys: availability_zone_count, existing, nat, vpc_cidrs"]
    without_region = {key: value for key, value in changed("regoin", "eu-west-1").items() if key != "region"}
    assert problems_of(without_region)[:1] == [
        "environment 'dev': unknown key 'regoin'\n    did you mean 'region'? keys: accepted_warnings, account_id, "
        "certificate, deployments, force_delete_repositories, iam, images, ingress, migration, network, protection, "
        "region, state_bucket, tags, tasks, timing, traffic_logs, zone, zone_name"
    ]


def test_a_table_of_tables_becomes_a_mapping_by_name() -> None:
    tables = {"board": {"phase": "canary", "services": {"users": "cutover"}}, "shop": {"phase": "monolith"}}
    migration = parse("colonnade", "dev", changed("migration", tables)).migration

    assert list(migration) == ["board", "shop"]
    assert (migration["board"].phase, migration["board"].services) == ("canary", {"users": "cutover"})
    assert (migration["shop"].canary_percent, migration["shop"].services) == (10, {})
    assert parse("colonnade", "dev", document()).migration == {}


@pytest.mark.parametrize(
    ("tables", "problems"),
    [
        (4, ["migration 4 is not a table\n    write a table for each: [migration.NAME]"]),
        ({"board": 4}, ["migration.board 4 is not a table\n    write it as a table: [migration.board]"]),
        (
            {"board": {"phas": "canary"}},
            [
                str(unknown_key("migration.board.phas", "did you mean 'phase'? keys: canary_percent, phase, services")),
                "missing key 'migration.board.phase'\n    add the key to the environment's file",
            ],
        ),
        (
            {"board": {"phase": "canry"}, "shop": {"phase": "monolith", "canary_percent": "3"}},
            [
                "migration.board.phase 'canry' is not allowed\n    did you mean 'canary'? allowed: attached, canary, "
                "cutover, monolith, retired",
                "migration.shop.canary_percent '3' is not a whole number\n    write it without quotes",
            ],
        ),
    ],
)
def test_problems_in_a_table_of_tables_are_reported(tables: object, problems: list[str]) -> None:
    assert problems_of(changed("migration", tables)) == [f"environment 'dev': {problem}" for problem in problems]


def test_a_key_that_the_file_must_not_set_is_reported() -> None:
    assert problems_of(changed("name", "prod")) == [
        f"environment 'dev': {unknown_key('name', 'remove it: the environment is named by its file')}"
    ]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("account_id", 999988887777, "account_id 999988887777 is not a string\n    write it in quotes"),
        ("tasks.desired_count", "2", "tasks.desired_count '2' is not a whole number\n    write it without quotes"),
        ("tasks.desired_count", True, "tasks.desired_count True is not a whole number\n    write a whole number"),
        ("tasks.desired_count", 2.0, "tasks.desired_count 2.0 is not a whole number\n    write a whole number"),
        (
            "force_delete_repositories",
            1,
            "force_delete_repositories 1 is not true or false\n    write true or false",
        ),
        (
            "network.nat",
            "singel",
            "network.nat 'singel' is not allowed\n    did you mean 'single'? allowed: none, per_zone, single",
        ),
        (
            "tasks.capacity_provider",
            "EC2",
            "tasks.capacity_provider 'EC2' is not allowed\n    allowed: FARGATE, FARGATE_SPOT",
        ),
        ("network", "10.0.0.0/16", "network '10.0.0.0/16' is not a table\n    write it as a table: [network]"),
        (
            "images",
            ["orders"],
            "images ['orders'] is not a table in which each value is a string\n"
            "    write a table in which each value is a string",
        ),
        (
            "images.orders",
            1,
            "images.orders 1 is not a string\n    write it in quotes",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_reported(key: str, value: object, problem: str) -> None:
    assert problems_of(changed(key, value)) == [f"environment 'dev': {problem}"]


@pytest.mark.parametrize("word", PLACEHOLDERS)
@pytest.mark.parametrize(
    "key", ["account_id", "region", "zone_name", "state_bucket", "network.vpc_cidrs.shop", "images.orders"]
)
def test_a_remaining_placeholder_is_the_only_problem_reported_for_its_value(key: str, word: str) -> None:
    assert problems_of(changed(key, f"my-{word}-x")) == [
        f"environment 'dev': {key} 'my-{word}-x' still contains the placeholder {word}\n"
        "    replace it with the real value"
    ]


def test_every_problem_of_a_document_is_reported_at_once() -> None:
    broken = copy.deepcopy(document())
    broken["region"] = "REGION"
    broken["account_id"] = "12"
    broken["colour"] = "red"
    broken["network"]["vpc_cidrs"]["shop"] = "10.0.0.0/30"
    broken["tasks"]["stop_timeout_seconds"] = 500
    del broken["zone_name"]
    del broken["timing"]

    outside = cidr_fault("10.0.0.0/30", zone_count=3)
    assert outside is not None
    assert [problem.splitlines()[0].removeprefix("environment 'dev': ") for problem in problems_of(broken)] == [
        unknown_key("colour", "").message,
        "region 'REGION' still contains the placeholder REGION",
        "missing key 'zone_name'",
        "missing table [timing]",
        out_of_range("tasks.stop_timeout_seconds", 500, 2, 120).message,
        "account_id '12' is not 12 digits",
        f"network.vpc_cidrs.shop '10.0.0.0/30' {outside.message}",
    ]
