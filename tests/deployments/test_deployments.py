"""Every declared deployment keeps every rule in every environment."""

from __future__ import annotations

import pytest

from tests.support.project import DEPLOYMENTS, PROJECT


@pytest.mark.parametrize("name", PROJECT.environment_names())
def test_every_deployment_keeps_every_rule_in_every_environment(name: str) -> None:
    assert [each.name for each in PROJECT.resolve(name)] == [each.name for each in DEPLOYMENTS]
