"""Claims about resources whose loss needs approval, row by row of the table."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.kept import KEPT
from colonnade.review.plan.document import read_plan
from tests.support.plan_documents import change, text

_DESTROYED, _DELETE_FIRST, _CREATE_FIRST = ["delete"], ["delete", "create"], ["create", "delete"]
_RULES = ("aws_lb_listener_rule", "aws_alb_listener_rule")
"""The paths decide whether the destruction of a rule loses requests: test_lost_paths."""


def _found(type_: str, actions: list[str], **before: Any) -> Finding | None:
    after: dict[str, Any] | None = None if actions == _DESTROYED else {}
    entry = change(f"{type_}.this", {"x": 1, **before}, after, actions=actions)
    found = analyze(read_plan(text(entry))).findings
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("type_", [each for each in KEPT if each not in _RULES])
def test_every_row_needs_approval_with_its_reason(type_: str) -> None:
    row = KEPT[type_]
    for actions, verb, kind in (
        (_DESTROYED, "destroys", row.destroyed),
        (_DELETE_FIRST, "replaces", row.replaced),
        (_CREATE_FIRST, "replaces", row.successor_first),
    ):
        found = _found(type_, actions)
        if kind is None:
            assert found is None
            continue
        effect = row.removal_effect if kind is Kind.REMOVAL else row.effect
        assert found is not None
        assert (found.reason, found.rule, found.kind) == (f"{verb} {row.noun}: {effect}", row.rule, kind)
        assert found.blocks_apply is (kind in (Kind.INTERRUPTION, Kind.LOSS))


@pytest.mark.parametrize("type_", KEPT)
def test_every_row_has_an_effect_of_a_destruction_or_a_replacement(type_: str) -> None:
    row = KEPT[type_]
    assert row.effect
    assert row.destroyed or row.replaced


def test_every_type_of_the_table_exists_in_the_provider() -> None:
    spec = find_spec("cdktf_cdktf_provider_aws")
    assert spec is not None
    assert spec.origin is not None
    known = {f"aws_{each.name}" for each in Path(spec.origin).parent.iterdir() if each.is_dir()}
    assert {each for each in KEPT if each.startswith("aws_")} - known == set()


@pytest.mark.parametrize(
    ("type_", "actions", "kind"),
    [
        ("aws_lb", _DESTROYED, Kind.INTERRUPTION),
        ("aws_lb_listener", _CREATE_FIRST, Kind.INTERRUPTION),
        ("aws_lb_listener_rule", _CREATE_FIRST, None),
        ("aws_lb_target_group", _CREATE_FIRST, Kind.INTERRUPTION),
        ("aws_lb_target_group", _DESTROYED, Kind.REMOVAL),
        ("aws_ecs_service", _CREATE_FIRST, Kind.REMOVAL),
        ("aws_ecs_service", _DESTROYED, Kind.REMOVAL),
        ("aws_service_discovery_private_dns_namespace", _DESTROYED, Kind.INTERRUPTION),
        ("aws_security_group", _CREATE_FIRST, None),
        ("aws_iam_role", _DESTROYED, None),
        ("aws_security_group", _DESTROYED, None),
        ("aws_acm_certificate", _CREATE_FIRST, Kind.REMOVAL),
        ("aws_nat_gateway", _CREATE_FIRST, None),
        ("aws_nat_gateway", _DESTROYED, Kind.INTERRUPTION),
        ("aws_subnet", _DESTROYED, Kind.INTERRUPTION),
        ("aws_eip", _DESTROYED, Kind.LOSS),
        ("aws_s3_bucket", _CREATE_FIRST, Kind.LOSS),
        ("aws_cloudwatch_log_group", _DESTROYED, Kind.LOSS),
        ("aws_kms_key", _DESTROYED, Kind.LOSS),
        ("aws_ecr_repository", _DESTROYED, Kind.LOSS),
        ("aws_cloudtrail", _DESTROYED, Kind.PROTECTION),
        ("aws_ecs_task_definition", _DESTROYED, None),
    ],
)
def test_kind_of_a_loss(type_: str, actions: list[str], kind: Kind | None) -> None:
    found = _found(type_, actions)
    assert (found.kind if found is not None else None) is kind


@pytest.mark.parametrize("actions", [["create"], ["update"], ["no-op"], ["forget"]])
def test_created_changed_and_forgotten_resources_need_no_approval(actions: list[str]) -> None:
    assert _found("aws_lb", actions) is None


def test_log_group_that_stays_in_aws_needs_no_approval() -> None:
    assert _found("aws_cloudwatch_log_group", _DESTROYED, skip_destroy=True) is None


def test_service_that_an_earlier_apply_failed_to_create_is_replaced_by_the_next() -> None:
    entry = change("aws_ecs_service.x", {}, {}, actions=_DELETE_FIRST, action_reason="replace_because_tainted")
    (found,) = analyze(read_plan(text(entry))).findings
    assert not found.blocks_apply


def test_destruction_of_a_deposed_object_needs_no_approval() -> None:
    entry = change("aws_lb_target_group.this", {}, None, deposed="0a1b2c3d")
    assert analyze(read_plan(text(entry))).findings == ()


def test_what_a_removed_service_leaves_behind_is_a_removal_and_its_alarms_need_no_approval() -> None:
    found = analyze(
        read_plan(
            text(
                change("aws_ecs_service.orders_service_this_0A1B2C3D", {}, None),
                change("aws_service_discovery_service.namespace_orders_service_0A1B2C3D", {}, None),
                change("aws_cloudwatch_metric_alarm.orders_service_errors_0A1B2C3D", {}, None),
            )
        )
    ).findings
    assert [each.kind for each in found] == [Kind.REMOVAL, Kind.REMOVAL]


def test_protection_that_goes_with_its_subject_needs_no_approval_of_its_own() -> None:
    bucket = change("aws_s3_bucket.this", {"id": "logs"}, None)
    block = change("aws_s3_bucket_public_access_block.this", {"id": "logs", "bucket": "logs"}, None)
    assert [each.address for each in analyze(read_plan(text(bucket, block))).findings] == ["aws_s3_bucket.this"]
    assert [each.rule for each in analyze(read_plan(text(block))).findings] == ["protection-removed"]
