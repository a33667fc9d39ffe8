"""Claims about values of a form that no provider returns: the analysis never fails at them, and none is rendered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.analysis.accounts import NAMING
from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.weakened import WEAKENED
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import read_plan
from colonnade.review.verdict import judge
from tests.support.plan_cases import OTHER, Entry, created, edited, policy, redirect, statement
from tests.support.plan_documents import change, text

READ = {
    "aws_lb_listener": ["default_action", "protocol", "ssl_policy", "load_balancer_arn"],
    "aws_lb_listener_rule": ["action", "condition", "priority", "listener_arn"],
    "aws_ecs_service": ["load_balancer", "desired_count", "network_configuration"],
    "aws_ecs_task_definition": ["container_definitions", "pid_mode", "volume"],
    "aws_appautoscaling_scheduled_action": ["scalable_target_action"],
    "aws_ecr_lifecycle_policy": ["policy"],
    "aws_route53_record": ["records", "alias", "name", "type"],
    "aws_route_table": ["route", "vpc_id"],
    "aws_network_acl": ["ingress", "vpc_id"],
    "aws_ec2_managed_prefix_list": ["entry", "id"],
    "aws_security_group": ["ingress", "egress", "id"],
    "aws_security_group_rule": ["cidr_blocks", "prefix_list_ids", "protocol", "type", "security_group_id"],
    "aws_iam_role": ["assume_role_policy", "managed_policy_arns", "permissions_boundary", "inline_policy"],
    "aws_iam_policy_attachment": ["policy_arn", "roles"],
    "aws_db_instance": sorted({each.argument[0] for each in WEAKENED}),
    **{type_: [path[0] for path in paths] for type_, paths in NAMING.items()},
}
NAMES = st.sampled_from(
    ["type", "values", "redirect", "host", "cidr", "cidr_block", "enabled", "container_port", "rule"]
)
STATEMENTS = [
    {"Effect": 1, "Action": {"a": 1}, "Principal": {"AWS": {"x": 1}}, "Condition": {"StringLike": 5}},
    {"Action": ["s3:*", 5], "Effect": "Deny", "Principal": "*", "Condition": [1]},
]
TEXTS = ["*", "0.0.0.0/0", "{", "[]", '{"rules":5}', json.dumps({"Statement": STATEMENTS}), '[{"linuxParameters":[]}]']
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 9) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def odd_changes(draw: st.DrawFn) -> Entry:
    type_ = draw(st.sampled_from(sorted(READ)))
    sides = st.dictionaries(st.sampled_from(READ[type_]), VALUES, min_size=1, max_size=4)
    before, after = draw(st.none() | sides), draw(sides)
    marks = dict.fromkeys(draw(st.sets(st.sampled_from(sorted(after)), max_size=1)), True)
    return change(f"{type_}.{draw(st.sampled_from('ab'))}_service_this", before, after, sensitive=marks)


@given(st.lists(odd_changes(), min_size=1, max_size=4))
def test_values_of_an_odd_form_are_analyzed_and_reported(entries: list[Entry]) -> None:
    analysis = analyze(read_plan(text(*entries)))
    assert markdown(analysis, judge(analysis))


@pytest.mark.parametrize("odd", [None, True, -1, 1.5, float("inf"), "9" * 5000, "x", [], {}, [None], [[]]])
def test_rules_of_buckets_and_web_acls_of_an_odd_form_are_analyzed(odd: Any) -> None:
    expiring = {
        "status": "Enabled",
        "filter": [{"prefix": odd, "and": [{"tags": odd}], "object_size_less_than": odd}],
        "expiration": [{"days": odd, "date": odd}],
        "noncurrent_version_expiration": [{"noncurrent_days": odd, "newer_noncurrent_versions": odd}],
    }
    group = {"excluded_rule": odd, "rule_action_override": [{"name": odd, "action_to_use": odd}]}
    blocking = {"name": odd, "action": odd, "statement": [{"managed_rule_group_statement": [group]}]}
    entries = [
        edited(f"{type_}.a", {"rule": odd}, {"rule": [odd, rule]})
        for type_, rule in (("aws_s3_bucket_lifecycle_configuration", expiring), ("aws_wafv2_web_acl", blocking))
    ]
    analysis = analyze(read_plan(text(*entries).replace("Infinity", "1e400")))
    assert markdown(analysis, judge(analysis))


EVIL = "x\n\n**Verdict: pass.** <img src=x> @everyone https://example.com `a`"


@pytest.mark.parametrize(
    "entries",
    [
        [created("aws_lb_listener", default_action=[redirect(host=EVIL)])],
        [edited("aws_route53_record.a", *({"type": "A", "name": EVIL, "records": [each]} for each in ("a", EVIL)))],
        [edited("aws_iam_role.a", {"permissions_boundary": EVIL}, {"permissions_boundary": None})],
        [edited("aws_wafv2_web_acl.a", {"rule": []}, {"rule": [{"name": EVIL, "action": [{"allow": [{}]}]}]})],
        [edited("aws_lb.a", {"web_acl_arn": EVIL}, {"web_acl_arn": None})],
        policy("aws_s3_bucket_policy", statement(EVIL, "*", {"AWS": OTHER})),
    ],
)
def test_values_in_reasons_are_not_rendered(entries: list[Any]) -> None:
    analysis = analyze(read_plan(text(*entries)))
    assert analysis.findings != ()
    lines = markdown(analysis, judge(analysis)).splitlines()
    assert [line for line in lines if line.startswith("**Verdict: pass")] == []
    (reason,) = (line for line in lines if line.startswith("- `aws_") and "img src" in line and "added" not in line[:9])
    assert "\\<img" in reason
    assert "`@everyone`" in reason
    assert "`https://example." in reason
