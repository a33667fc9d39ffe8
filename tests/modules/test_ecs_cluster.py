"""Tests of the cluster: its name, Container Insights, and its capacity providers."""

from __future__ import annotations

import pytest

from tests.support.synth import synthesized

pytestmark = pytest.mark.synth


def test_the_cluster_is_named_after_its_deployment_and_has_container_insights() -> None:
    stack = synthesized()["services"]
    cluster = stack.only("aws_ecs_cluster", "Services_this_")
    assert cluster["tags"] == {"Name": "Services"}
    assert cluster["name"] == "colonnade-sandbox-services-cluster"
    assert cluster["setting"] == [{"name": "containerInsights", "value": "enabled"}]


def test_tasks_may_run_on_fargate_and_on_fargate_spot() -> None:
    stack = synthesized()["services"]
    providers = stack.only("aws_ecs_cluster_capacity_providers")
    assert providers["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]
    assert providers["cluster_name"] == f"${{{stack.address('aws_ecs_cluster')}.name}}"
