"""Refusals of containers: names and values of variables, secrets, paths, health checks and sidecars."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.model.service.container import Command, ContainerHealthCheck, Sidecar
from colonnade.model.service.secrets import SecretsManagerSecret, SsmParameter
from tests.support.specs import deployment, problems_of, service

NAME = SsmParameter("/shop/flags")


def first_lines(**fields: Any) -> list[str]:
    """Return the first line of each problem of a service with the fields, without its subject."""
    found = problems_of(deployment(service("orders", calls=("users",), **fields), service("users")))
    return [problem.partition("\n")[0].removeprefix("deployment 'shop', service 'orders': ") for problem in found]


@pytest.mark.parametrize("name", ["PORT", "HOST", "PATH_PREFIX", "DRAIN_SECONDS", "SERVICE_URL", "USERS_URL"])
def test_the_container_contract_is_not_redefined(name: str) -> None:
    assert first_lines(variables={name: "1"}) == [f"variables.{name} is set by Colonnade"]
    assert first_lines(secrets={name: NAME}) == [f"secrets.{name} is set by Colonnade"]


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://orders:hunter22@db.internal/orders",
        "key=AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN RSA PRIVATE KEY-----",
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.signature",
    ],
)
def test_a_value_that_is_a_key_or_a_url_with_a_password_is_refused_and_not_repeated(value: str) -> None:
    (problem,) = problems_of(deployment(service(variables={"DATABASE": value})))
    assert "variables.DATABASE contains a" in problem
    assert "`secrets`" in problem
    assert value not in problem


@pytest.mark.parametrize(
    "value", ["https://example.com:8080/a@b", "info", "a:b@c", "postgresql://orders@db/orders", ""]
)
def test_other_values_are_accepted(value: str) -> None:
    assert first_lines(variables={"VALUE": value}) == []


@pytest.mark.parametrize(
    ("fields", "start"),
    [
        ({"variables": {"1A": "x"}}, "variables '1A' is not the name"),
        ({"variables": {"AWS_EXECUTION_ENV": "x"}}, "variables.AWS_EXECUTION_ENV is set by ECS"),
        ({"variables": {"AWS_SECRET_ACCESS_KEY": "x"}}, "variables.AWS_SECRET_ACCESS_KEY would replace"),
        ({"variables": {"A": "x"}, "secrets": {"A": NAME}}, "variables.A is declared in `secrets` too"),
        ({"variables": {"Flag": "x"}, "secrets": {"FLAG": NAME}}, "variables and secrets have both 'Flag' and 'FLAG'"),
        ({"secrets": {"A": SsmParameter("shop/flags")}}, "secrets.A.name 'shop/flags' is not the name of a parameter"),
        ({"secrets": {"A": SecretsManagerSecret("shop-aB3dE6")}}, "secrets.A.name 'shop-aB3dE6' ends with a hyphen"),
        ({"secrets": {"A": SecretsManagerSecret("a b")}}, "secrets.A.name 'a b' is not the name of a secret"),
        ({"secrets": {"A": SecretsManagerSecret("a", json_key="k:x")}}, "secrets.A.json_key 'k:x' is empty or"),
        ({"secrets": {"A": SsmParameter("a", kms_key_arn="alias/x")}}, "secrets.A.kms_key_arn 'alias/x' is not"),
        ({"secrets": {"A": "shop/flags"}}, "secrets.A 'shop/flags' is not a SecretsManagerSecret or"),
        ({"secrets": {"A": SsmParameter()}}, "SsmParameter has no name"),  # type: ignore[call-arg]
        ({"writable_paths": ("cache",)}, "writable path 'cache' is not a directory below '/'"),
        ({"writable_paths": ("/",)}, "writable path '/' is not a directory below '/'"),
        ({"writable_paths": ("/a",), "tmpfs_mib": {"/a/b": 1}}, "writable paths '/a' and '/a/b' overlap"),
        ({"writable_paths": ("/a",), "read_only_root_filesystem": False}, "writable_paths has no effect"),
        ({"tmpfs_mib": {"/run": 0}}, "tmpfs_mib./run 0 is less than 1 MiB"),
        ({"tmpfs_mib": {"/run": 512}}, "tmpfs_mib takes 512 MiB of the task's 512 MiB"),
        ({"working_directory": "app"}, "working_directory 'app' is not an absolute path"),
        ({"user": "a b"}, "user 'a b' is not a user"),
        ({"before_start": Command(())}, "before_start.command is empty"),
        ({"container_health_check": ContainerHealthCheck(command=())}, "container_health_check.command is empty"),
        ({"sidecars": (Sidecar(name="orders", image="a"),)}, "sidecars[0].name 'orders' is the name of the service's"),
        ({"sidecars": (Sidecar(name="before-start", image="a"),)}, "sidecars[0].name 'before-start' is the name of"),
        ({"sidecars": (Sidecar(name="a", image="a", container_port=8080),)}, "sidecars[0].container_port 8080 is the"),
        ({"sidecars": (Sidecar(name="a", image="a", variables={"1": ""}),)}, "sidecars[0].variables '1' is not"),
        ({"sidecars": tuple(Sidecar(name=f"a{n}", image="a") for n in range(10))}, "the task would have 11"),
        ({"sidecars": (Sidecar(name="a", imag="a"),)}, "Sidecar has no field 'imag'"),  # type: ignore[call-arg]
        ({"sidecars": (Sidecar(name="a", image="A B"),)}, "sidecars[0].image 'A B'"),
    ],
)  # fmt: skip
def test_each_wrong_declaration_has_one_problem(fields: dict[str, Any], start: str) -> None:
    found = [line for line in first_lines(**fields) if "is not pinned" not in line and "has no tag" not in line]
    assert len(found) == 1, found
    assert found[0].startswith(start) or found[0].endswith(start)


def test_the_problems_of_several_containers_are_reported_at_once() -> None:
    found = first_lines(
        variables={"1": ""},
        secrets={"A": SecretsManagerSecret("a b"), "B": "x"},
        sidecars=(Sidecar(name="a", image="a", container_port="x"), Sidecar(name="B", image="a")),  # type: ignore[arg-type]
    )
    starts = ("variables '1'", "secrets.B 'x'", "sidecars[0].container_port 'x'", "sidecars[1].name 'B'")
    assert all(any(line.startswith(start) for line in found) for start in starts), found


def test_a_command_that_is_written_as_one_string_is_given_back_in_words() -> None:
    (problem,) = problems_of(deployment(service(before_start=Command("alembic upgrade head"))))  # type: ignore[arg-type]
    assert problem.endswith("write each word as an item: ('alembic', 'upgrade', 'head')")
