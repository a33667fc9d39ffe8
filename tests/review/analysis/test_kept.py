"""Claims about resources whose loss needs approval, and about the losses that also block an apply."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.kept import KEPT
from colonnade.review.plan.document import read_plan
from tests.support.plan_documents import change, text

_DESTROYED, _DELETE_FIRST, _CREATE_FIRST = ["delete"], ["delete", "create"], ["create", "delete"]


def _found(type_: str, actions: list[str], **before: Any) -> Finding | None:
    after: dict[str, Any] | None = None if actions == _DESTROYED else {}
    entry = change(f"{type_}.this", {"x": 1, **before}, after, actions=actions)
    found = analyze(read_plan(text(entry))).findings
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("type_", KEPT)
def test_replacement_that_destroys_first_needs_approval(type_: str) -> None:
    found = _found(type_, _DELETE_FIRST)
    assert found is not None
    assert found.reason.startswith(f"replaces {KEPT[type_].noun}: ")
    assert found.blocks_apply


@pytest.mark.parametrize(
    ("type_", "actions", "kind"),
    [
        ("aws_lb", _DESTROYED, Kind.INTERRUPTION),
        ("aws_lb_listener", _CREATE_FIRST, Kind.INTERRUPTION),
        ("aws_lb_listener_rule", _CREATE_FIRST, None),
        ("aws_lb_listener_rule", _DESTROYED, None),
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
