"""Claims about drift: the first refresh after an apply is none, and any real change after it is reported."""

from __future__ import annotations

import copy
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from colonnade.review.analysis.analysis import Analysis, analyze
from colonnade.review.json_report import json_report, json_text
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import plan_of
from colonnade.review.verdict import judge
from tests.support.plan_documents import change, document

RECORDED = Path(__file__).parent.parent / "recorded" / "straight_after_an_apply.json.gz"
"""The plan of `deployments/services.py` after its first apply in the sandbox, without any change."""

GROUP = "aws_security_group.ServicesLB_security_group_024F9524"
TABLE = "aws_route_table.network_public_routes_8D3EFE71"
ROLE = "aws_iam_role.service1_service_roles_execution_D8D4E5B7"
SERVICE = "aws_ecs_service.service1_service_this_641E7338"
OPEN = {
    "cidr_blocks": ["0.0.0.0/0"],
    "description": "",
    "from_port": 22,
    "ipv6_cidr_blocks": [],
    "prefix_list_ids": [],
    "protocol": "tcp",
    "security_groups": [],
    "self": False,
    "to_port": 22,
}
ROUTE = {"cidr_block": "10.99.0.0/16", "vpc_peering_connection_id": "pcx-1"}


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(gzip.decompress(RECORDED.read_bytes()))
    return plan


def _after(plan: dict[str, Any], address: str) -> dict[str, Any]:
    (found,) = (each["change"]["after"] for each in plan["resource_drift"] if each["address"] == address)
    values: dict[str, Any] = found
    return values


def _report(plan: dict[str, Any]) -> tuple[Analysis, str]:
    analysis = analyze(plan_of(plan))
    return analysis, markdown(analysis, judge(analysis))


def test_the_first_refresh_after_an_apply_is_no_drift(recorded: dict[str, Any]) -> None:
    assert len(recorded["resource_drift"]) == 27
    analysis, report = _report(recorded)
    assert analysis.drift == ()
    assert report == "**No changes.**\n"


@pytest.mark.parametrize(
    ("address", "edit", "name"),
    [
        (GROUP, lambda after: after["ingress"].append(OPEN), "ingress"),
        (TABLE, lambda after: after["route"].append(ROUTE), "route"),
        (ROLE, lambda after: after["inline_policy"].append({"name": "extra", "policy": "{}"}), "inline_policy"),
        (ROLE, lambda after: after["inline_policy"][0].update(policy='{"Statement": []}'), "inline_policy"),
        (ROLE, lambda after: after.update(managed_policy_arns=["arn:aws:iam::aws:policy/x"]), "managed_policy_arns"),
        (ROLE, lambda after: after.update(permissions_boundary="arn:aws:iam::1:policy/x"), "permissions_boundary"),
        (SERVICE, lambda after: after.update(desired_count=9), "desired_count"),
        (SERVICE, lambda after: after["capacity_provider_strategy"][0].update(base=2), "base"),
        (GROUP, lambda after: after["tags"].update(owner="someone"), "tags.owner"),
    ],
)
def test_a_real_change_is_reported_with_its_attribute(
    recorded: dict[str, Any], address: str, edit: Callable[[dict[str, Any]], None], name: str
) -> None:
    plan = copy.deepcopy(recorded)
    edit(_after(plan, address))
    analysis, report = _report(plan)
    ((drifted),) = analysis.drift
    assert drifted.change.address == address
    assert [each.name.endswith(name) for each in drifted.differences] == [True]
    assert f"- Changed outside of Terraform: `{address}`" in report
    assert "<summary>Changes outside of Terraform</summary>" in report
    (printed,) = json.loads(json_text(json_report(analysis, judge(analysis))))["drift"]
    assert (printed["address"], printed["deleted"]) == (address, False)


def test_a_deleted_resource_is_reported() -> None:
    plan = document(resource_drift=[change("aws_lb.this", {"name": "a"}, None)])
    analysis, report = _report(plan)
    assert [each.is_deleted for each in analysis.drift] == [True]
    assert "- `aws_lb.this`: deleted" in report


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"records": None}, {"records": []}),
        ({"tags": None}, {"tags": {}}),
        ({"tags_all": {}}, {"tags_all": {"a": "b"}}),
        ({"policy": '{"A":1,"B":[2]}'}, {"policy": '{ "B": [2], "A": 1 }'}),
        ({"subnets": ["b", "a"]}, {"subnets": ["a", "b"]}),
        ({"weight": None}, {"weight": 0}),
    ],
)
def test_a_normalized_value_is_no_drift(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert _report(document(resource_drift=[change("aws_lb.this", before, after)]))[0].drift == ()


def test_secrets_in_drift_are_not_printed() -> None:
    plan = document(
        resource_drift=[
            change("aws_db_instance.a", {"password": "hunter1"}, {"password": "hunter2"}),
            change("aws_lambda_function.a", {"environment": [{"variables": {"A": "hunter1"}}]}, {"environment": []}),
            change("aws_db_instance.b", {"name": "hunter1"}, {"name": "hunter2"}, sensitive={"name": True}),
        ]
    )
    analysis, report = _report(plan)
    assert len(analysis.drift) == 3
    assert "hunter" not in report
    assert "hunter" not in json_text(json_report(analysis, judge(analysis)))


def test_containers_that_drifted_are_reported_without_their_commands() -> None:
    texts = (json.dumps([{"name": "a", "command": ["run", word]}]) for word in ("1", "hunter2"))
    sides = [{"container_definitions": text} for text in texts]
    plan = document()
    plan["resource_drift"] = [change("aws_ecs_task_definition.a", *sides, actions=["update"])]
    analysis, report = _report(plan)
    assert "`container_definitions` changed, value (hidden)" in report
    assert "hunter2" not in json_text(json_report(analysis, judge(analysis)))


def test_the_routes_of_a_hundred_tables_are_compared_in_a_second() -> None:
    own = [(table, f"10.{number}.0.0/16") for table in range(100) for number in range(50)]
    routes = [
        {"route_table_id": f"rtb-{table}", "destination_cidr_block": block, "gateway_id": "igw-1"}
        for table, block in own
    ]
    drifted = [
        change(
            f"aws_route_table.t{table}",
            {"id": f"rtb-{table}", "route": []},
            {
                "id": f"rtb-{table}",
                "route": [{"cidr_block": block, "gateway_id": "igw-1"} for of, block in own if of == table],
            },
        )
        for table in range(100)
    ]
    entries = [change(f"aws_route.r{number}", route, route) for number, route in enumerate(routes)]
    plan = plan_of(document(*entries, resource_drift=drifted))
    started = time.process_time()
    assert analyze(plan).drift == ()
    assert time.process_time() - started < 2  # ten, if each route is compared with the routes of all tables
