"""Plans of OpenTofu and of version 6 of the AWS provider, written by hand from their schemas: neither runs here.

https://opentofu.org/docs/internals/json-format/
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lb_listener_rule
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import Action, read_plan
from colonnade.review.verdict import judge
from tests.support.plan_documents import change, document, text

LISTENER = change("aws_lb_listener.https", {"id": "l", "arn": "l"}, {"id": "l", "arn": "l"})
SERVICE = change("aws_ecs_service.users_service_this", {"id": "u"}, {"id": "u"})
GROUP = change("aws_lb_target_group.users_service_group", {"arn": "g"}, {"arn": "g"})
FORWARD = {
    "listener_arn": "l",
    "priority": 7,
    "region": "eu-west-1",
    "action": [{"type": "forward", "target_group_arn": "g"}],
}
PATH = {"host_header": [], "path_pattern": [{"values": ["/users/*"], "regex_values": []}]}


def _rewrite(replace: str) -> list[dict[str, Any]]:
    config = [{"rewrite": [{"regex": "^/users/(.*)$", "replace": replace}]}]
    return [{"type": "url-rewrite", "host_header_rewrite_config": [], "url_rewrite_config": config}]


def _reviewed(before: dict[str, Any] | None, after: dict[str, Any] | None, **marks: Any) -> str:
    rule = change("aws_lb_listener_rule.users", before, after, **marks)
    analysis = analyze(read_plan(text(LISTENER, SERVICE, GROUP, rule)))
    return markdown(analysis, judge(analysis)).partition("<details>")[0]


def test_a_rewritten_url_is_reported_with_the_paths_of_its_rule() -> None:
    old = {**FORWARD, "condition": [PATH], "transform": []}
    shown = _reviewed(old, {**old, "transform": _rewrite("/$1")})
    assert "/users/*" in shown
    assert "URL rewritten from" in shown
    assert _reviewed({**old, "transform": _rewrite("/$1")}, {**old, "transform": _rewrite("/v2/$1")}).count("v2") >= 1


def test_an_unknown_transform_is_not_known() -> None:
    old = {**FORWARD, "condition": [PATH], "transform": []}
    shown = _reviewed(old, {**FORWARD, "condition": [PATH]}, unknown={"transform": True})
    assert "rewritten in a way that is not known before the apply" in shown


@pytest.mark.parametrize(
    ("condition", "paths"),
    [
        ({"path_pattern": [{"values": [], "regex_values": ["^/v[0-9]+/users"]}]}, "of a regular expression"),
        ({"a_later_condition": [{"values": ["x"]}]}, "not known before the apply"),
        ({"host_header": [{"values": [], "regex_values": ["^api[.]"]}]}, "of any kind"),
    ],
)
def test_a_rule_without_a_path_pattern_is_reported_with_what_its_conditions_say(
    condition: dict[str, Any], paths: str
) -> None:
    assert f"Paths {paths} with `{next(iter(condition))}" in _reviewed(None, {**FORWARD, "condition": [condition]})


@pytest.mark.parametrize(("own", "region"), [("eu-west-1", "eu-west-1"), ("us-east-1", None), (None, "eu-west-1")])
def test_a_region_of_its_own_overrides_that_of_the_provider(own: str | None, region: str | None) -> None:
    assert read_plan(text(change("aws_lb.this", None, {"region": own}))).region == region


def test_without_a_region_of_the_provider_that_of_the_resources_counts() -> None:
    balancer = change("aws_lb.this", None, {"region": "us-east-1"})
    assert read_plan(text(balancer, configuration={})).region == "us-east-1"
    assert read_plan(text(balancer, SERVICE, configuration={})).region == "us-east-1"
    other = change("aws_nat_gateway.this", None, {"region": "us-east-2"})
    assert read_plan(text(balancer, other, configuration={})).region is None


def test_a_plan_of_opentofu_is_read() -> None:
    forgotten = change(
        "aws_vpc.old", {"id": "v"}, None, actions=["forget"], action_reason="delete_because_no_resource_config"
    )
    moved = change("aws_vpc.new", {"id": "w"}, {"id": "w"}, previous_address="aws_vpc.former")
    imported = change("aws_vpc.found", {"id": "x"}, {"id": "x"})
    imported["change"]["importing"] = {"id": "x"}
    deposed = change("aws_lb.this", {"id": "y"}, None, deposed="deadbeef")
    plan = document(forgotten, moved, imported, deposed, terraform_version="1.10.6", timestamp="2025-11-01T00:00:00Z")
    del plan["complete"]  # OpenTofu does not write it
    read = read_plan(json.dumps(plan))
    assert [each.action for each in read.changes] == [Action.FORGET, Action.NONE, Action.NONE, Action.DESTROY]
    counts = analyze(read).counts
    assert (counts.forgotten, counts.moved, counts.imported) == (1, 1, 1)
