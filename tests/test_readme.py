"""What the README shows is what happens: its examples of wrong input and of a path that is explained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.model.errors import ConfigurationError
from colonnade.routes.explanation import explanation
from tests.support.project import PROJECT
from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.specs import resolved

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_routes_broken_on_purpose_are_refused_in_the_words_of_the_readme() -> None:
    services = tuple(
        replace(service, path_prefix="/service3*", calls=("servce2",)) if service.name == "service3" else service
        for service in DEPLOYMENT.services
    )
    with pytest.raises(ConfigurationError) as refusal:
        resolved(replace(DEPLOYMENT, services=services), PROJECT.environment("sandbox"))
    assert str(refusal.value) in README


def test_a_path_is_explained_in_the_words_of_the_readme() -> None:
    found = resolved(DEPLOYMENT, PROJECT.environment("sandbox"))
    told = explanation(found, "http://services.colonnade.localhost/service10")
    assert f"explain services http://services.colonnade.localhost/service10\n{told}\n```" in README


def test_images_that_are_not_pinned_are_refused_in_the_words_of_the_readme() -> None:
    dev = PROJECT.environment("dev")
    images = {image: version for image, version in dev.images.items() if image != "service1"}
    with pytest.raises(ConfigurationError) as refusal:
        resolved(DEPLOYMENT, replace(dev, images={**images, "service2": "latest"}))
    assert str(refusal.value) in README
