"""The declaration of the tutorial's three services."""

from __future__ import annotations

import json

from colonnade.model.deployment.declaration import FixedResponse
from tests.support.project import PROJECT
from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.specs import resolved

RESOLVED = resolved(DEPLOYMENT, PROJECT.environment("sandbox"))


def test_three_services_listen_on_their_ports_behind_their_prefixes() -> None:
    assert [(each.name, each.container_port, each.path_patterns) for each in DEPLOYMENT.services] == [
        ("service1", 7071, ("/service1", "/service1/*")),
        ("service2", 7072, ("/service2", "/service2/*")),
        ("service3", 7073, ("/service3", "/service3/*")),
    ]


def test_the_first_two_services_call_each_other_and_no_service_calls_the_third() -> None:
    assert [(edge.caller, edge.callee, edge.port) for edge in RESOLVED.edges] == [
        ("service1", "service2", 7072),
        ("service2", "service1", 7071),
    ]


def test_service1_reaches_service2_by_its_name_in_the_namespace() -> None:
    (container,) = json.loads(RESOLVED.services[0].container_definitions or "")

    assert {"name": "SERVICE_URL", "value": "http://service2.services:7072"} in container["environment"]


def test_a_path_that_no_service_owns_gets_the_base_route() -> None:
    response = DEPLOYMENT.default_action

    assert isinstance(response, FixedResponse)
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert response.message_body == '{ "msg": "base route" }'
