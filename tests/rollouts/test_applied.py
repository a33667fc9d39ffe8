"""The services that a wait follows come from Terraform's state, with the limit that Terraform has for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.rollouts.applied import DEFAULT_LIMIT_SECONDS, AppliedService, applied_services


def _resource(kind: str, attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "instances": [{"attributes": attributes}], **more}


def _service(name: str, timeouts: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "id": f"arn:aws:ecs:eu-west-1:1:service/c/{name}",
        "name": name,
        "cluster": "arn:aws:ecs:eu-west-1:1:cluster/c",
        "task_definition": f"arn:aws:ecs:eu-west-1:1:task-definition/{name}:1",
        "timeouts": timeouts,
    }


def _state(*resources: dict[str, Any]) -> str:
    return json.dumps({"version": 4, "resources": resources})


def test_every_ecs_service_of_the_state_is_found_and_nothing_else() -> None:
    state = _state(
        _resource("aws_ecs_service", _service("users", {"create": "15m", "update": "20m"})),
        _resource("aws_ecs_cluster", {"id": "c"}),
        _resource("aws_ecs_service", _service("read"), mode="data"),
        _resource("aws_ecs_service", _service("orders", {"create": "5m"}), module="module.other"),
    )
    assert applied_services(state) == (
        AppliedService(
            arn="arn:aws:ecs:eu-west-1:1:service/c/orders",
            name="orders",
            cluster="arn:aws:ecs:eu-west-1:1:cluster/c",
            task_definition="arn:aws:ecs:eu-west-1:1:task-definition/orders:1",
            limit_seconds=300,
        ),
        AppliedService(
            arn="arn:aws:ecs:eu-west-1:1:service/c/users",
            name="users",
            cluster="arn:aws:ecs:eu-west-1:1:cluster/c",
            task_definition="arn:aws:ecs:eu-west-1:1:task-definition/users:1",
            limit_seconds=900,
        ),
    )


@pytest.mark.parametrize("state", ["", "\n", _state()])
def test_a_state_without_resources_has_no_services(state: str) -> None:
    assert applied_services(state) == ()


def test_a_service_that_is_waiting_to_be_destroyed_is_not_followed() -> None:
    resource = _resource("aws_ecs_service", _service("old"))
    resource["instances"][0]["deposed"] = "abcd1234"
    assert applied_services(_state(resource)) == ()


@pytest.mark.parametrize(
    ("timeouts", "seconds"),
    [
        (None, DEFAULT_LIMIT_SECONDS),
        ({"update": "5m"}, DEFAULT_LIMIT_SECONDS),
        ({"create": "1h30m"}, 5400),
        ({"create": "45s"}, 45),
    ],
)
def test_the_limit_is_that_of_terraform(timeouts: dict[str, str] | None, seconds: float) -> None:
    (service,) = applied_services(_state(_resource("aws_ecs_service", _service("a", timeouts))))
    assert service.limit_seconds == seconds
