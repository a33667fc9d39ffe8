"""The containers of a task: what a service declares, in the format of ECS."""

from __future__ import annotations

import json
from typing import Any

from colonnade.model.service.container import Command, ContainerHealthCheck, Sidecar
from colonnade.model.service.declaration import Service
from colonnade.model.service.secrets import SecretsManagerSecret, SsmParameter
from tests.support.specs import deployment, environment, resolved, service

KEY = "arn:aws:kms:eu-west-1:999988887777:key/0a1b2c3d"
HEALTH = ContainerHealthCheck(command=("python", "-m", "orders.health"), start_period_seconds=10)


def containers(declared: Service) -> dict[str, dict[str, Any]]:
    """Return the definitions of the service's containers, by name."""
    images = {**environment(declared).images, "metrics": "1.0.0", "public.ecr.aws/acme/proxy": "2.0.0"}
    found = resolved(deployment(declared), environment(declared, images=images)).service(declared.name)
    return {each["name"]: each for each in json.loads(found.container_definitions or "")}


def test_declared_settings_of_the_container_are_those_of_ecs() -> None:
    own = containers(
        service(
            command=("python", "-m", "orders"),
            entry_point=("/usr/bin/env",),
            working_directory="/app",
            user="1000:1000",
            variables={"LOG_LEVEL": "info"},
            container_health_check=HEALTH,
            init_process=True,
            open_files_limit=200_000,
            stop_timeout_seconds=60,
            writable_paths=("/tmp", "/var/cache"),  # noqa: S108 - a path in the container
            tmpfs_mib={"/run": 16},
        )
    )["orders"]

    assert (own["command"], own["entryPoint"]) == (["python", "-m", "orders"], ["/usr/bin/env"])
    assert (own["workingDirectory"], own["user"], own["stopTimeout"]) == ("/app", "1000:1000", 60)
    assert {"name": "LOG_LEVEL", "value": "info"} in own["environment"]
    assert own["healthCheck"] == {
        "command": ["CMD", "python", "-m", "orders.health"],
        "interval": 30,
        "timeout": 5,
        "retries": 3,
        "startPeriod": 10,
    }
    assert own["linuxParameters"] == {"initProcessEnabled": True, "tmpfs": [{"containerPath": "/run", "size": 16}]}
    assert own["ulimits"] == [{"name": "nofile", "softLimit": 200_000, "hardLimit": 200_000}]
    assert [(each["containerPath"], each["readOnly"]) for each in own["mountPoints"]] == [
        ("/tmp", False),  # noqa: S108 - a path in the container
        ("/var/cache", False),
    ]


def test_a_secret_is_an_arn_that_ecs_resolves_and_the_execution_role_may_read_exactly_it() -> None:
    declared = service(
        secrets={
            "PAYMENT_KEY": SecretsManagerSecret("shop/payment", json_key="key", kms_key_arn=KEY),
            "WHOLE": SecretsManagerSecret("arn:aws:secretsmanager:us-east-1:111111111111:secret:other-a1B2c3"),
            "FLAGS": SsmParameter("/shop/flags"),
            "PLAIN": SsmParameter("flags"),
        }
    )
    found = resolved(deployment(declared)).service("orders")

    assert {each["name"]: each["valueFrom"] for each in containers(declared)["orders"]["secrets"]} == {
        "PAYMENT_KEY": "arn:aws:secretsmanager:eu-west-1:999988887777:secret:shop/payment:key::",
        "WHOLE": "arn:aws:secretsmanager:us-east-1:111111111111:secret:other-a1B2c3",
        "FLAGS": "arn:aws:ssm:eu-west-1:999988887777:parameter/shop/flags",
        "PLAIN": "arn:aws:ssm:eu-west-1:999988887777:parameter/flags",
    }
    assert found.secret_arns == (
        "arn:aws:secretsmanager:eu-west-1:999988887777:secret:shop/payment-??????",
        "arn:aws:secretsmanager:us-east-1:111111111111:secret:other-a1B2c3",
        "arn:aws:ssm:eu-west-1:999988887777:parameter/flags",
        "arn:aws:ssm:eu-west-1:999988887777:parameter/shop/flags",
    )
    assert found.secret_key_arns == (KEY,)


def test_the_source_of_secrets_and_keys_is_the_declaration_that_has_them() -> None:
    flags = SsmParameter("/shop/flags")
    sidecar = Sidecar(name="metrics", image="metrics", secrets={"FLAGS": flags})
    for declared, arns, keys in (
        (service(), False, False),
        (service(secrets={"FLAGS": flags}), True, False),
        (service(sidecars=(sidecar,)), True, False),
        (service(secrets={"FLAGS": SsmParameter("/shop/flags", kms_key_arn=KEY)}), True, True),
    ):
        images = {**environment(declared).images, "metrics": "1.0.0"}
        sources = resolved(deployment(declared), environment(declared, images=images)).service("orders").sources
        found = [sources[field] for field in ("secret_arns", "secret_key_arns")]
        assert [each != "default" for each in found] == [arns, keys]
        assert all(each.endswith("service 'orders'") for each in found if each != "default")


def test_before_start_is_the_services_container_with_another_command_which_must_succeed_first() -> None:
    found = containers(
        service(
            command=("python", "-m", "orders"),
            variables={"LOG_LEVEL": "info"},
            secrets={"FLAGS": SsmParameter("/shop/flags")},
            writable_paths=("/var/cache",),
            container_health_check=HEALTH,
            before_start=Command(("alembic", "upgrade", "head")),
        )
    )
    own, before = found["orders"], found["before-start"]

    assert own["dependsOn"] == [{"containerName": "before-start", "condition": "SUCCESS"}]
    different = {name for name in own.keys() | before.keys() if own.get(name) != before.get(name)}
    assert different == {"name", "command", "essential", "portMappings", "dependsOn", "healthCheck"}
    assert (before["command"], before["essential"], before["portMappings"]) == (
        ["alembic", "upgrade", "head"],
        False,
        [],
    )


def test_a_service_and_before_start_wait_for_sidecars_that_start_first() -> None:
    found = containers(
        service(
            before_start=Command(("migrate",)),
            sidecars=(
                Sidecar(name="metrics", image="metrics", container_port=9090, before_service=False, essential=False),
                Sidecar(name="proxy", image="public.ecr.aws/acme/proxy", container_health_check=HEALTH),
                Sidecar(name="agent", image="metrics", variables={"A": "b"}),
            ),
        )
    )
    waits = {
        name: {each["containerName"]: each["condition"] for each in one.get("dependsOn", [])}
        for name, one in found.items()
    }

    assert waits == {
        "orders": {"before-start": "SUCCESS", "proxy": "HEALTHY", "agent": "START"},
        "before-start": {"proxy": "HEALTHY", "agent": "START"},
        "metrics": {},
        "proxy": {},
        "agent": {},
    }
    assert found["proxy"]["image"] == "public.ecr.aws/acme/proxy:2.0.0"
    assert found["metrics"]["image"].endswith("/colonnade-test-metrics:1.0.0")
    assert (found["metrics"]["essential"], found["metrics"]["portMappings"][0]["containerPort"]) == (False, 9090)
    assert found["agent"]["environment"] == [{"name": "A", "value": "b"}]
    prefixes = {each["logConfiguration"]["options"]["awslogs-stream-prefix"] for each in found.values()}
    assert prefixes == {"orders"}


def test_the_repositories_of_sidecars_are_pulled_from_too_and_created() -> None:
    declared = service(sidecars=(Sidecar(name="metrics", image="metrics"),))
    images = {**environment(declared).images, "metrics": "1.0.0"}
    found = resolved(deployment(declared), environment(declared, images=images))

    assert [arn.rpartition("/")[2] for arn in found.service("orders").repository_arns] == [
        "colonnade-test-orders",
        "colonnade-test-metrics",
    ]
    assert set(found.image_repositories) == {"orders", "metrics"}
