"""Claims about approvals: what a value binds, what leaves it unchanged, and approvals without effect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from colonnade.review.analysis.analysis import Analysis, analyze
from colonnade.review.approvals import Approval
from colonnade.review.plan.document import read_plan
from colonnade.review.verdict import Unused, judge
from tests.support.plan_documents import change, text

RULE = "aws_vpc_security_group_ingress_rule.https"
LOGS = "aws_cloudwatch_log_group.orders"
GROUP = "aws_lb_target_group.orders"
TODAY = date(2027, 1, 31)


def opening(**values: Any) -> dict[str, Any]:
    ports = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"}
    return change(RULE, None, {**ports, **values}, expressions={})


def replacement(port: int, *, cause: Sequence[str] = ("port",), **after: Any) -> dict[str, Any]:
    before = {"name": "orders", "port": 80, "vpc_id": "vpc-1", "deregistration_delay": "10"}
    return change(
        GROUP,
        before,
        {**before, "port": port, **after},
        actions=["delete", "create"],
        replace_paths=[list(cause)],
        expressions={},
    )


def destroyed(name: str, **values: Any) -> dict[str, Any]:
    return change(LOGS, {"name": name, "id": name, **values}, None)


def analysis(*entries: dict[str, Any]) -> Analysis:
    return analyze(read_plan(text(*entries)))


def approval(entry: dict[str, Any], *others: dict[str, Any], expires: date | None = None) -> Approval:
    """Return the approval of the only finding of a change in a plan with others."""
    found = analysis(entry, *others)
    ((address, rule), value) = next(each for each in found.values.items() if each[0][0] == entry["address"])
    return Approval(address=address, rule=rule, value=value, reason="wanted", expires=expires)


def widened(resource: str, **more: Any) -> dict[str, Any]:
    """Return a policy of S3 that replaces a narrower one of another name, or is new."""
    document = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": resource}]})
    before = {"id": "a", "name": "a", "policy": "{}"} if more else None
    return change("aws_iam_role_policy.a", before, {"name": "b", "policy": document}, **more)


REPLACED: dict[str, Any] = {"actions": ["delete", "create"], "replace_paths": [["name"]], "expressions": {"policy": {}}}


@pytest.mark.parametrize(
    ("approved", "same", "other"),
    [
        (widened("arn:aws:s3:::a/*"), widened("arn:aws:s3:::a/*"), widened("*")),
        (widened("arn:aws:s3:::a/*", **REPLACED), widened("arn:aws:s3:::a/*", **REPLACED), widened("*", **REPLACED)),
        (opening(), opening(description="for clients", tags={"a": "b"}), opening(from_port=0, to_port=65535)),
        (replacement(81), replacement(81, deregistration_delay="20", tags={"a": "b"}), replacement(82)),
        (replacement(81), replacement(81), replacement(80, cause=("vpc_id",), vpc_id="vpc-2")),
        (destroyed("/prod/orders"), destroyed("/prod/orders", retention_in_days=7), destroyed("/prod/users")),
    ],
)
def test_an_approval_is_of_what_was_judged(
    approved: dict[str, Any], same: dict[str, Any], other: dict[str, Any]
) -> None:
    entry = approval(approved)
    for again in (approved, same):
        verdict = judge(analysis(again), approvals=[entry])
        assert (verdict.blocked, len(verdict.approved), verdict.unused) == (False, 1, ())
    verdict = judge(analysis(other), approvals=[entry])
    assert verdict.blocked
    assert [each.cause for each in verdict.unused] == [Unused.OTHER_VALUE]


def test_another_rule_at_the_same_address_is_not_approved() -> None:
    entry = approval(destroyed("/prod/orders"))
    other = Approval(address=entry.address, rule="port-opened", value=entry.value, reason="wanted")
    assert judge(analysis(destroyed("/prod/orders")), approvals=[other]).blocked


def test_ids_of_another_run_do_not_change_a_value() -> None:
    def plan(suffix: str) -> tuple[dict[str, Any], dict[str, Any]]:
        vpcs = {"vpc_id": f"vpc-{suffix}"}
        moved = replacement(80, cause=("vpc_id",), **vpcs)
        moved["change"]["before"]["vpc_id"] = f"vpc-old-{suffix}"
        return moved, change("aws_vpc.new", *[{"id": f"vpc-{suffix}", "cidr_block": "10.0.0.0/16"}] * 2)

    old = change("aws_vpc.old", {"id": "vpc-old-a"}, {"id": "vpc-old-a"})
    again = change("aws_vpc.old", {"id": "vpc-old-b"}, {"id": "vpc-old-b"})
    entry = approval(*plan("a"), old)
    assert not judge(analysis(*plan("b"), again), approvals=[entry]).blocked


def test_secrets_do_not_enter_a_value() -> None:
    def changed(secret: str) -> dict[str, Any]:
        return change(
            "aws_db_instance.main",
            {"identifier": "main", "password": "old"},
            {"identifier": "main", "password": secret},
            actions=["delete", "create"],
            replace_paths=[["password"]],
        )

    assert approval(changed("hunter2")) == approval(changed("hunter3"))


def test_an_expired_approval_is_reported_and_does_not_count() -> None:
    last, past = (approval(opening(), expires=date(2027, 1, day)) for day in (31, 30))
    assert not judge(analysis(opening()), approvals=[last], today=TODAY).blocked
    verdict = judge(analysis(opening()), approvals=[past], today=TODAY)
    assert verdict.blocked
    assert [each.cause for each in verdict.unused] == [Unused.EXPIRED]
    assert not judge(analysis(opening()), approvals=[past, last], today=TODAY).unused


def test_an_unneeded_entry_is_reported_only_for_a_resource_that_changes() -> None:
    entry = approval(opening())
    private = change(RULE, None, {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "10.0.0.0/8"})
    assert [each.cause for each in judge(analysis(private), approvals=[entry]).unused] == [Unused.NOT_NEEDED]
    assert judge(analysis(destroyed("/prod/orders")), approvals=[entry]).unused == ()
