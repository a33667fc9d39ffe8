"""The services that names select, among the deployments that a command reaches."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.model.errors import ConfigurationError
from colonnade.operate.services import Clients, Reached, chosen, require_services
from tests.support.project import PROJECT

DEPLOYMENTS = {each.name: each for each in PROJECT.resolve("sandbox")}
_NO_AWS: Any = None


def _reached(*names: str) -> Reached:
    return Reached(
        deployments=tuple(DEPLOYMENTS[name] for name in names),
        aws=Clients(ec2=_NO_AWS, ecs=_NO_AWS, elbv2=_NO_AWS, logs=_NO_AWS, ecr=_NO_AWS, servicediscovery=_NO_AWS),
    )


def test_a_service_is_selected_by_its_name_and_by_the_name_with_its_deployment() -> None:
    found = chosen(["service2", "services/service1", "services/service2"], [_reached("services", "shop")])
    assert [each.name for each in found] == ["services/service2", "services/service1"]
    assert found[0].cluster == DEPLOYMENTS["services"].names.cluster


def test_a_name_that_several_deployments_have_needs_the_deployment() -> None:
    with pytest.raises(ConfigurationError) as error:
        chosen(["service3"], [_reached("services", "single_service")])
    assert str(error.value) == (
        "service 'service3': several deployments have a service of this name\n"
        "    write one of: services/service3, single_service/service3"
    )


def test_a_name_is_unambiguous_if_only_one_of_the_deployments_is_reached() -> None:
    assert [each.name for each in chosen(["service3"], [_reached("single_service")])] == ["single_service/service3"]


def test_unknown_names_are_reported_all_at_once_with_suggestions() -> None:
    with pytest.raises(ConfigurationError) as error:
        require_services(["servce1", "service2", "shop/odrers"], tuple(DEPLOYMENTS.values()))
    assert [(each.subject, each.fix.partition("?")[0]) for each in error.value.problems] == [
        ("service 'servce1'", "did you mean 'service1'"),
        ("service 'shop/odrers'", "did you mean 'shop/orders'"),
    ]
