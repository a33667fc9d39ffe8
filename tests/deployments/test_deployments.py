"""Every declared deployment keeps every rule in every environment."""

from __future__ import annotations

import pytest

import environments
from colonnade.model.checked_deployment import check_all
from deployments import DEPLOYMENTS


@pytest.mark.parametrize("name", environments.available())
def test_every_deployment_keeps_every_rule_in_every_environment(name: str) -> None:
    checked = check_all(DEPLOYMENTS, lambda: environments.load(name))

    assert [deployment.spec for deployment in checked] == list(DEPLOYMENTS)
