"""Claims about the comparison of two syntheses: the stacks that are planned, and their initial state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from colonnade.model.errors import unknown
from colonnade.review.branch.comparison import Comparison, Start, compare, read_documents
from colonnade.review.errors import ReviewError


def stack(memory: int = 512, *, account: str = "1", bucket: str = "states") -> dict[str, Any]:
    return {
        "provider": {"aws": [{"allowed_account_ids": [account], "region": "eu-west-1"}]},
        "terraform": {"backend": {"s3": {"bucket": bucket, "key": "key"}}},
        "resource": {"aws_ecs_task_definition": {"orders": {"memory": memory}}},
    }


def test_only_stacks_that_differ_are_planned() -> None:
    found = compare({"a": stack(), "b": stack()}, {"a": stack(), "b": stack(1024)})
    assert found == Comparison(planned={"b": Start.BASE}, unchanged=["a"], removed=[])


def test_a_stack_that_the_base_does_not_have_is_planned_as_a_first_deployment() -> None:
    assert compare({}, {"a": stack()}).planned == {"a": Start.NEW}


@pytest.mark.parametrize("moved", [stack(account="2"), stack(bucket="other")])
def test_stack_with_another_account_or_state_starts_from_an_empty_state(moved: dict[str, Any]) -> None:
    assert compare({"a": stack()}, {"a": moved}).planned == {"a": Start.ELSEWHERE}


def test_a_stack_that_only_the_base_has_is_reported_and_not_planned() -> None:
    assert compare({"a": stack(), "b": stack()}, {"b": stack()}) == Comparison(
        planned={}, unchanged=["b"], removed=["a"]
    )


def test_stacks_can_be_selected_and_an_unknown_name_is_rejected() -> None:
    old, new = {"orders": stack(), "users": stack()}, {"orders": stack(1024), "users": stack(1024)}
    assert compare(old, new, ["users"]).planned == {"users": Start.BASE}
    assert compare(old, new, ["users", "orders"]).planned.keys() == {"orders", "users"}
    with pytest.raises(ReviewError) as refusal:
        compare(old, new, ["users", "user"])
    assert str(refusal.value) == str(unknown("stack", "user", ["orders", "users"], label="synthesized"))


def test_comments_of_cdktf_are_ignored(tmp_path: Path) -> None:
    for side, note in (("old", 1), ("new", 2)):
        path = tmp_path / side / "stacks" / "a" / "cdk.tf.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({**stack(), "//": {"metadata": note}, "output": [{"//": note}]}))
    assert compare(read_documents(tmp_path / "old"), read_documents(tmp_path / "new")).unchanged == ["a"]
    assert read_documents(tmp_path / "nowhere") == {}


def test_a_change_of_a_terraform_file_is_a_difference(tmp_path: Path) -> None:
    for side in ("old", "new"):
        path = tmp_path / side / "stacks" / "a" / "cdk.tf.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(stack()))
        path.with_name("own.tf").write_text("locals {}")
    old, new = (read_documents(tmp_path / side) for side in ("old", "new"))
    assert compare(old, new).unchanged == ["a"]
    (tmp_path / "new" / "stacks" / "a" / "own.tf").unlink()
    assert compare(old, read_documents(tmp_path / "new")).planned == {"a": Start.BASE}
