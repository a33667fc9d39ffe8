"""The examples of the README and its pages: a deployment, the message for wrong input, and an explained path."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.model.errors import ConfigurationError
from colonnade.routes.explanation import explanation
from tests.support.project import PROJECT
from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.specs import resolved

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_readme_quotes_the_message_for_wrong_routes() -> None:
    services = tuple(
        replace(service, path_prefix="/service3*", calls=("servce2",)) if service.name == "service3" else service
        for service in DEPLOYMENT.services
    )
    with pytest.raises(ConfigurationError) as refusal:
        resolved(replace(DEPLOYMENT, services=services), PROJECT.environment("sandbox"))
    assert str(refusal.value) in README


def test_the_page_about_requests_quotes_the_explanation_of_a_path() -> None:
    found = resolved(DEPLOYMENT, PROJECT.environment("sandbox"))
    page = (ROOT / "docs" / "request-path.md").read_text()
    explained = explanation(found, "http://services.colonnade.localhost/service10")
    assert f"explain services http://services.colonnade.localhost/service10\n{explained}\n```" in page


def test_the_readme_shows_a_trace_of_the_page_about_interruptions() -> None:
    page = (ROOT / "docs" / "what-an-apply-interrupts.md").read_text()  # it shows traces of real plans
    (trace,) = re.findall(r"```\n(interrupts: .*?)```", README, re.DOTALL)
    assert trace in page


def test_the_page_about_images_quotes_the_message_for_unpinned_images() -> None:
    dev = PROJECT.environment("dev")
    images = {image: version for image, version in dev.images.items() if image != "service1"}
    with pytest.raises(ConfigurationError) as refusal:
        resolved(DEPLOYMENT, replace(dev, images={**images, "service2": "latest"}))
    assert str(refusal.value) in (ROOT / "docs" / "images.md").read_text()


def test_the_readme_shows_the_deployment_of_the_demo() -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(shown, names)  # noqa: S102 - the README's own code
    assert names["DEPLOYMENT"] == DEPLOYMENT


def test_the_readme_is_a_front_page_of_at_most_130_lines() -> None:
    assert len(README.splitlines()) <= 130


def test_the_page_about_deployments_shows_the_smallest_one() -> None:
    page = (ROOT / "docs" / "deployments.md").read_text()
    assert f"```python\n{(ROOT / 'deployments' / 'single_service.py').read_text()}```" in page
