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


def test_the_log_group_of_container_insights_exists_before_the_cluster_with_retention_and_key() -> None:
    stack = synthesized("prod")["services"]
    group = stack.only("aws_cloudwatch_log_group", "Services_insights_")
    cluster = stack.only("aws_ecs_cluster")
    assert group["name"] == f"/aws/ecs/containerinsights/{cluster['name']}/performance"
    assert group["retention_in_days"] == 365
    assert group["kms_key_id"] == f"${{{stack.address('aws_kms_key')}.arn}}"
    assert cluster["depends_on"] == [stack.address("aws_cloudwatch_log_group", "Services_insights_")]


def test_container_insights_can_be_switched_off() -> None:
    stack = synthesized("dev")["services"]
    assert stack.only("aws_ecs_cluster")["setting"] == [{"name": "containerInsights", "value": "disabled"}]
    assert [id_ for id_ in stack.resources("aws_cloudwatch_log_group") if "insights" in id_] == []


def test_tasks_may_run_on_fargate_and_on_fargate_spot() -> None:
    stack = synthesized()["services"]
    providers = stack.only("aws_ecs_cluster_capacity_providers")
    assert providers["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]
    assert providers["cluster_name"] == f"${{{stack.address('aws_ecs_cluster')}.name}}"
