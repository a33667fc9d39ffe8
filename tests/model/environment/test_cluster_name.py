"""An existing ECS cluster: its two keys, their rule, and the resolved name with its source."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.model.environment.document import parse
from colonnade.model.environment.settings import Environment
from colonnade.model.resolve import resolve
from tests.support.specs import deployment, problems_raised, service
from tests.support.toml_documents import document


def parsed(everywhere: str | None, shop: str | None) -> Environment:
    values = document()
    values["tasks"] |= {"cluster_name": everywhere} if everywhere is not None else {}
    own: dict[str, Any] = {"cluster_name": shop} if shop is not None else {}
    return parse("colonnade", "dev", {**values, "deployments": {"shop": own}})


@pytest.mark.parametrize(
    ("everywhere", "shop", "name", "source"),
    [
        (None, None, None, "default"),
        ("platform", None, "platform", "environments/dev.toml [tasks]"),
        ("platform", "own", "own", "environments/dev.toml [deployments.shop]"),
        (None, "own", "own", "environments/dev.toml [deployments.shop]"),
    ],
)
def test_the_key_of_a_deployment_comes_before_that_of_the_environment(
    everywhere: str | None, shop: str | None, name: str | None, source: str
) -> None:
    (found,) = resolve((deployment(service()),), lambda: parsed(everywhere, shop))
    assert (found.existing_cluster, found.sources["existing_cluster"]) == (name, source)


def test_an_arn_and_an_empty_name_are_refused() -> None:
    arn = "arn:aws:ecs:eu-west-1:999988887777:cluster/platform"
    found = problems_raised(lambda: parsed(arn, ""))
    assert [each.splitlines()[0].partition(": ")[2] for each in found] == [
        f"tasks.cluster_name {arn!r} is not the name of a cluster",
        "deployments.shop.cluster_name '' is not the name of a cluster",
    ]
