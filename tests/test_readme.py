"""What the README shows is what happens: its example of wrong input, held against the check itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import environments
from deployments.services import DEPLOYMENT
from modules.spec.checked_deployment import check
from modules.spec.errors import ConfigurationError

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_routes_broken_on_purpose_are_refused_in_the_words_of_the_readme() -> None:
    services = tuple(
        replace(service, path_prefix="/service3*", calls=("servce2",)) if service.name == "service3" else service
        for service in DEPLOYMENT.services
    )
    with pytest.raises(ConfigurationError) as refusal:
        check(replace(DEPLOYMENT, services=services), environments.load("sandbox"))
    assert str(refusal.value) in README
