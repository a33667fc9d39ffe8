"""Terraform's JSON lines are parsed to events, everything else to None."""

from __future__ import annotations

import json

import pytest

from colonnade_sandbox.terraform.events import ChangeSummary, Diagnostic, PlannedChange, ResourceEvent, parse

_RESOURCE = {"addr": "aws_lb.this", "resource_type": "aws_lb"}


def _line(**document: object) -> str:
    return json.dumps({"@level": "info", "@message": "text", **document})


@pytest.mark.parametrize(
    ("kind", "phase"),
    [
        ("apply_start", "start"),
        ("apply_progress", "progress"),
        ("apply_complete", "complete"),
        ("apply_errored", "errored"),
    ],
)
def test_work_on_a_resource_has_its_address_action_phase_and_seconds(kind: str, phase: str) -> None:
    event = parse(_line(type=kind, hook={"resource": _RESOURCE, "action": "create", "elapsed_seconds": 61.2}))
    assert event == ResourceEvent(address="aws_lb.this", action="create", phase=phase, seconds=61)  # type: ignore[arg-type]


def test_work_that_has_just_begun_has_0_seconds() -> None:
    event = parse(_line(type="apply_start", hook={"resource": _RESOURCE, "action": "delete"}))
    assert event == ResourceEvent(address="aws_lb.this", action="delete", phase="start", seconds=0)


def test_a_planned_change_has_its_address_and_action() -> None:
    event = parse(_line(type="planned_change", change={"resource": _RESOURCE, "action": "replace"}))
    assert event == PlannedChange(address="aws_lb.this", action="replace")


def test_counts_that_a_summary_leaves_out_are_0() -> None:
    event = parse(_line(type="change_summary", changes={"add": 3, "operation": "apply"}))
    assert event == ChangeSummary(operation="apply", add=3, change=0, remove=0)


def test_the_string_of_a_diagnostic_is_its_address_summary_and_detail() -> None:
    event = parse(
        _line(
            type="diagnostic",
            diagnostic={"severity": "error", "summary": "no such zone", "detail": "look again", "address": "aws_lb.a"},
        )
    )
    assert event == Diagnostic(severity="error", summary="no such zone", detail="look again", address="aws_lb.a")
    assert str(event) == "aws_lb.a: no such zone\nlook again"


def test_the_string_of_a_diagnostic_without_an_address_is_its_summary() -> None:
    assert str(parse(_line(type="diagnostic", diagnostic={"severity": "error", "summary": "no"}))) == "no"


@pytest.mark.parametrize("line", ["", "plain text", "[1, 2]", "17", _line(type="version"), _line()])
def test_other_lines_are_parsed_to_none(line: str) -> None:
    assert parse(line) is None
