"""Every declared deployment keeps every rule in every environment."""

from __future__ import annotations

import pytest

from tests.support.project import DEPLOYMENTS, PROJECT


@pytest.mark.parametrize("name", PROJECT.environment_names())
def test_every_deployment_keeps_every_rule_in_every_environment(name: str) -> None:
    checked = PROJECT.check(name)

    assert [deployment.spec for deployment in checked] == list(DEPLOYMENTS)
