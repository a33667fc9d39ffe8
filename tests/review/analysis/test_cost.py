"""Claims about the estimate: the items, their prices, and no number without a known price."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.review.analysis.cost import cost_change, estimate, prices
from colonnade.review.markdown.cost_lines import cost_summary
from colonnade.review.plan.document import Plan, read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, changes, document, text

HOURS = 730
DEFINITION = "aws_ecs_task_definition.orders_service_task_definition"
ARN = "arn:aws:ecs:eu-west-1:1:task-definition/orders:1"


def _monthly(*entries: dict[str, Any]) -> float:
    table = prices("eu-west-1")
    assert table is not None
    read = changes(*entries)
    return estimate(read, ResourceIndex(read), table, after=True).monthly


def _summary(plan: Plan) -> str:
    return cost_summary(cost_change(plan, ResourceIndex(plan.changes)), plan.region)


def _service(count: Any, *strategy: tuple[str, int, int], architecture: str = "X86_64", cpu: str = "1024") -> Any:
    platform = [{"cpu_architecture": architecture}]
    definition = {"arn": ARN, "cpu": cpu, "memory": "2048", "runtime_platform": platform}
    entries = [{"capacity_provider": name, "base": base, "weight": weight} for name, base, weight in strategy]
    service = {"task_definition": ARN, "desired_count": count, "capacity_provider_strategy": entries}
    return (
        change(DEFINITION, definition, definition),
        change("aws_ecs_service.orders_service_this", service, service),
    )


def _endpoint(subnet_ids: list[str], *, kind: str = "Interface") -> dict[str, Any]:
    values = {"vpc_endpoint_type": kind, "subnet_ids": subnet_ids}
    return change(f"aws_vpc_endpoint.{kind}", values, values)


def _new_endpoint(*subnets: str) -> dict[str, Any]:
    return change(
        "aws_vpc_endpoint.logs",
        None,
        {"vpc_endpoint_type": "Interface"},
        unknown={"subnet_ids": True},
        expressions={"subnet_ids": {"constant_value": list(subnets)}},
    )


X86_TASK = HOURS * (0.04048 + 2 * 0.004445)


@pytest.mark.parametrize(
    ("entries", "monthly"),
    [
        ([change("aws_nat_gateway.a", {}, {}), change("aws_nat_gateway.b", None, {})], 2 * HOURS * 0.048),
        ([change("aws_nat_gateway.a", {}, None)], 0),
        ([_endpoint(["subnet-1", "subnet-2"])], 2 * HOURS * 0.011),
        ([_endpoint(["subnet-1"]), _endpoint(["subnet-1"], kind="Gateway")], HOURS * 0.011),
        ([_new_endpoint("${aws_subnet.a.id}", "${aws_subnet.b.id}")], 2 * HOURS * 0.011),
        ([change("aws_lb.this", {}, {})], HOURS * 0.0252),
        (_service(3), 3 * X86_TASK),
        (_service(0), 0),
        (_service(1, architecture="ARM64"), HOURS * (0.03238 + 2 * 0.00356)),
        (_service(2, ("FARGATE", 0, 1)), 2 * X86_TASK),
        (_service(2, ("FARGATE_SPOT", 0, 1)), 2 * X86_TASK * 0.3),
        (_service(4, ("FARGATE", 1, 1), ("FARGATE_SPOT", 0, 2)), X86_TASK * (2 + 2 * 0.3)),
    ],
)
def test_hourly_charges_are_counted(entries: list[dict[str, Any]], monthly: float) -> None:
    assert _monthly(*entries) == pytest.approx(monthly)


def test_arm_tasks_cost_a_fifth_less_in_every_region() -> None:
    for region in ("eu-west-1", "us-east-1"):
        table = prices(region)
        assert table is not None
        for unit in ("vcpu", "gb"):
            ratio = table.hourly[f"fargate_arm_{unit}_hour"] / table.hourly[f"fargate_x86_{unit}_hour"]
            assert ratio == pytest.approx(0.8, abs=0.002)


def test_service_of_unknown_size_is_excluded_and_reported() -> None:
    plan = read_plan(text(*_service("many")))
    assert _summary(plan).endswith("; excludes orders (size unknown)")


def test_a_desired_count_of_null_is_zero_tasks() -> None:
    assert _monthly(*_service(None)) == 0


@pytest.mark.parametrize("cpu", ["nan", "inf", "-1"])
def test_a_size_that_is_no_number_of_units_is_unknown(cpu: str) -> None:
    assert _summary(read_plan(text(*_service(1, cpu=cpu)))).endswith("; excludes orders (size unknown)")


def test_region_without_prices_has_no_estimate() -> None:
    elsewhere = document(*_service(1))
    elsewhere["configuration"]["provider_config"]["aws"]["expressions"]["region"]["constant_value"] = "ap-east-1"
    plan = read_plan(json.dumps(elsewhere))
    assert "no prices of region `ap-east-1`" in _summary(plan)
    assert "USD" not in _summary(plan)
