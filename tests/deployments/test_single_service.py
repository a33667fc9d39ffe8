"""The declaration of the smallest deployment."""

from __future__ import annotations

from colonnade.model.deployment.declaration import ForwardTo
from tests.support.project import PROJECT
from tests.support.project import SINGLE_SERVICE as DEPLOYMENT


def test_every_request_goes_to_the_one_service() -> None:
    (service,) = DEPLOYMENT.services

    assert DEPLOYMENT.default_action == ForwardTo(service="service3")
    assert (service.name, service.container_port, service.path_patterns) == ("service3", 7073, ())


def test_the_deployment_has_neither_a_domain_nor_a_namespace() -> None:
    assert (DEPLOYMENT.subdomain, DEPLOYMENT.namespace) == (None, None)


def test_the_deployment_is_the_25_line_example_of_the_readme() -> None:
    assert len((PROJECT.root / "deployments" / "single_service.py").read_text().splitlines()) <= 25
