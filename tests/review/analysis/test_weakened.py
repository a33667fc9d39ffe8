"""Claims about weakened arguments, row by row of the table: the change in its direction is blocked, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.findings import Finding
from colonnade.review.analysis.kept import KEPT
from colonnade.review.analysis.weakened import WEAKENED, Weakened
from colonnade.review.plan.document import read_plan
from colonnade.review.plan.values import is_empty
from tests.support.plan_documents import change, text

TYPES = ("aws_x", *KEPT, "aws_route53_record", "aws_s3_access_point")


def _type(row: Weakened) -> str:
    return next(each for each in TYPES if row.types.match(each))


def _values(row: Weakened) -> tuple[Any, Any]:
    """Return a value before and after a change in the direction of the row."""
    return {
        "off": (True, False),
        "on": (False, True),
        "lowered": (30, 7),
        "shortened": (0, 7),
        "gone": ("something", None),
        "fewer": (["one", "two"], ["one"]),
        "values": (None, row.values[-1] if row.values else None),
    }[row.weaker]


def _nested(row: Weakened, value: Any) -> dict[str, Any]:
    *outer, last = row.argument
    found: dict[str, Any] = {} if value is None else {last: value}
    for name in reversed(outer):
        found = {name: [found] if found else []}
    return found


def _found(row: Weakened, before: Any, after: Any, **marks: Any) -> list[Finding]:
    sides = [{"id": "x", **_nested(row, each)} if each != "absent" else None for each in (before, after)]
    found = analyze(read_plan(text(change(f"{_type(row)}.this", *sides, **marks)))).findings
    return [each for each in found if each.rule == row.rule and ".".join(row.argument) in each.reason]


def _name(row: Weakened) -> str:
    return f"{'.'.join(row.argument)}-{row.weaker}"


@pytest.mark.parametrize("row", WEAKENED, ids=_name)
def test_every_row_needs_approval_in_its_direction_and_not_in_the_other(row: Weakened) -> None:
    before, after = _values(row)
    (found,) = [each for each in _found(row, before, after) if each.reason.endswith(row.effect)]
    assert found.kind is row.kind
    assert [each for each in _found(row, after, before) if each.reason.endswith(row.effect)] == []
    assert _found(row, before, before) == []


@pytest.mark.parametrize("row", [each for each in WEAKENED if each.created], ids=_name)
def test_an_exposing_argument_of_a_created_resource_needs_approval(row: Weakened) -> None:
    if row.weaker == "off":
        return
    _, after = _values(row)
    assert any(each.reason.startswith("sets ") for each in _found(row, "absent", after))


@pytest.mark.parametrize("row", [each for each in WEAKENED if not each.created], ids=_name)
def test_other_arguments_of_a_created_resource_need_none(row: Weakened) -> None:
    _, after = _values(row)
    if not is_empty(after):
        assert [each for each in _found(row, "absent", after) if each.reason.endswith(row.effect)] == []


def test_a_sensitive_value_is_judged_and_not_shown() -> None:
    sides = ({"backup_retention_period": 30}, {"backup_retention_period": 1})
    entry = change("aws_db_instance.this", *sides, sensitive={"backup_retention_period": True})
    (found,) = analyze(read_plan(text(entry))).findings
    assert "(sensitive) → (sensitive)" in found.reason
    assert "30" not in found.reason


def test_a_value_that_may_be_a_secret_is_not_shown() -> None:
    entry = change("aws_elasticache_replication_group.this", {"auth_token": "hunter2"}, {"auth_token": None})
    (found,) = analyze(read_plan(text(entry))).findings
    assert found.reason.startswith("auth_token (hidden) → none: ")


def test_a_value_that_is_known_after_the_apply_needs_no_approval() -> None:
    entry = change("aws_db_instance.this", {"kms_key_id": "a"}, {}, unknown={"kms_key_id": True})
    assert analyze(read_plan(text(entry))).findings == ()


@pytest.mark.parametrize(
    ("argument", "before", "after"),
    [
        ("access_logs", [{"bucket": "", "enabled": False}], []),
        ("retention_in_days", 30, 90),
        ("retention_in_days", 30, 0),
        ("deletion_protection", None, False),
        ("enabled_cloudwatch_logs_exports", ["audit"], ["audit", "slowquery"]),
        ("publicly_accessible", True, True),
        ("acl", "public-read", "private"),
        ("deployment_minimum_healthy_percent", 100, 50),
    ],
)
def test_what_was_off_or_becomes_stronger_needs_no_approval(argument: str, before: Any, after: Any) -> None:
    for type_ in ("aws_lb", "aws_cloudwatch_log_group", "aws_db_instance", "aws_ecs_service"):
        entry = change(f"{type_}.this", {argument: before, "x": 1}, {argument: after, "x": 2})
        assert analyze(read_plan(text(entry))).findings == ()
