"""Claims about findings that only the synthesized documents show: a state that moves, `prevent_destroy` taken away."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.branch.comparison import Start, compare
from colonnade.review.branch.document_findings import document_findings


def document(
    *, account: str = "111122223333", region: str = "eu-west-1", prevented: bool | None = True, **backend: Any
) -> dict[str, Any]:
    lifecycle = {} if prevented is None else {"lifecycle": {"prevent_destroy": prevented}}
    return {
        "provider": {"aws": [{"allowed_account_ids": [account], "region": region}]},
        "terraform": {"backend": {"s3": {"bucket": "states", "key": "prod/services", "region": region, **backend}}},
        "resource": {"aws_s3_bucket": {"this": {"bucket": "states", **lifecycle}}},
    }


def _found(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.address, each.rule) for each in document_findings(old, new)]


@pytest.mark.parametrize(
    "moved",
    [
        document(account="444455556666"),
        document(region="eu-central-1"),
        document(bucket="others"),
        document(key="prod/other"),
        document(workspace_key_prefix="x"),
        {**document(), "terraform": {"backend": {"local": {"path": "terraform.tfstate"}}}},
    ],
)
def test_a_stack_that_moves_is_planned_from_nothing_and_needs_approval(moved: dict[str, Any]) -> None:
    assert _found(document(), moved) == [("terraform.backend", "state-moved")]
    assert compare({"a": document()}, {"a": moved}).planned == {"a": Start.ELSEWHERE}


@pytest.mark.parametrize("kept", [document(use_lockfile=True), document(encrypt=True, dynamodb_table="locks")])
def test_other_settings_of_a_backend_keep_the_state(kept: dict[str, Any]) -> None:
    assert _found(document(), kept) == []
    assert compare({"a": document()}, {"a": kept}).planned == {"a": Start.BASE}


def test_only_a_state_that_moves_within_its_account_has_steps() -> None:
    (within,) = document_findings(document(), document(key="prod/other"))
    (elsewhere,) = document_findings(document(), document(account="444455556666"))
    assert "migrate-state" in within.steps[0]
    assert elsewhere.steps == ()


@pytest.mark.parametrize("prevented", [False, None])
def test_prevent_destroy_that_is_removed_needs_approval(prevented: bool | None) -> None:
    assert _found(document(), document(prevented=prevented)) == [("aws_s3_bucket.this", "prevent-destroy-removed")]
    assert _found(document(prevented=prevented), document()) == []


def test_prevent_destroy_may_go_with_its_resource_or_move_with_it() -> None:
    gone = {**document(), "resource": {}}
    assert _found(document(), gone) == [("aws_s3_bucket.this", "prevent-destroy-removed")]
    bucket = document()["resource"]["aws_s3_bucket"]["this"]
    moved = {
        **document(),
        "resource": {"aws_s3_bucket": {"states": bucket}},
        "moved": [{"from": "aws_s3_bucket.this", "to": "aws_s3_bucket.states"}],
    }
    assert _found(document(), moved) == []


def test_terraform_files_beside_the_document_count() -> None:
    protected = 'resource "aws_kms_key" "own" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n'
    old, new = {**document(), "own.tf": protected}, {**document(), "own.tf": 'resource "aws_kms_key" "own" {}\n'}
    assert _found(old, new) == [("aws_kms_key.own", "prevent-destroy-removed")]
