"""Which stacks of two syntheses are planned, and against what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from colonnade.review.branch.errors import ReviewError

from colonnade.review.branch.comparison import Comparison, compare, read_documents


def stack(memory: int = 512, *, account: str = "1", bucket: str = "states") -> dict[str, Any]:
    return {
        "provider": {"aws": [{"allowed_account_ids": [account], "region": "eu-west-1"}]},
        "terraform": {"backend": {"s3": {"bucket": bucket, "key": "key"}}},
        "resource": {"aws_ecs_task_definition": {"orders": {"memory": memory}}},
    }


def test_stacks_that_are_equal_are_not_planned_and_those_that_differ_are() -> None:
    found = compare({"a": stack(), "b": stack()}, {"a": stack(), "b": stack(1024)})
    assert found == Comparison(planned={"b": ""}, equal=["a"], gone=[])
    assert found.remainder() == "\nNo change: `a`.\n"


def test_a_stack_that_the_base_does_not_have_is_planned_as_a_first_deployment() -> None:
    found = compare({}, {"a": stack()})
    assert found.planned["a"].startswith("A first deployment: the base does not have it.")


@pytest.mark.parametrize("moved", [stack(account="2"), stack(bucket="other")])
def test_another_account_or_state_knows_nothing_of_what_was_made_before(moved: dict[str, Any]) -> None:
    found = compare({"a": stack()}, {"a": moved})
    assert found.planned["a"].startswith("A first deployment: its account, region or state is not that of the base")


def test_a_stack_that_only_the_base_has_is_told_and_not_planned() -> None:
    found = compare({"a": stack(), "b": stack()}, {"b": stack()})
    assert (found.planned, found.gone) == ({}, ["a"])
    assert found.remainder() == (
        "\nNo change: `b`.\n\nNo longer synthesized: `a`. What they made stays until somebody destroys it.\n"
    )


def test_one_stack_may_be_asked_for_alone_and_an_unknown_one_is_refused_with_those_that_there_are() -> None:
    old, new = {"orders": stack(), "users": stack()}, {"orders": stack(1024), "users": stack(1024)}
    assert compare(old, new, "users").planned == {"users": ""}
    with pytest.raises(ReviewError) as refusal:
        compare(old, new, "user")
    assert str(refusal.value) == (
        "stack 'user': there is no such stack\n    did you mean 'users'? synthesized: orders, users"
    )


def test_notes_of_the_synthesis_make_no_difference(tmp_path: Path) -> None:
    for side, note in (("old", 1), ("new", 2)):
        path = tmp_path / side / "stacks" / "a" / "cdk.tf.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({**stack(), "//": {"metadata": note}, "output": [{"//": note}]}))
    assert compare(read_documents(tmp_path / "old"), read_documents(tmp_path / "new")).equal == ["a"]
    assert read_documents(tmp_path / "nowhere") == {}
