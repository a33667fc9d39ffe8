"""Tests of the stack of the state bucket, and of the location of its own state."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.support.project import PROJECT
from tests.support.synth import synthesized

pytestmark = pytest.mark.synth


def test_its_own_state_is_a_local_file_for_each_environment() -> None:
    paths = [
        synthesized(environment)["state-backend"].document["terraform"]["backend"]["local"]["path"]
        for environment in PROJECT.environment_names()
    ]
    assert len(set(paths)) == len(paths)
    # Up from cdktf.out/stacks/state-backend: the project's root.
    assert {str(PurePosixPath(path).parent) for path in paths} == {"../../.."}


def test_the_other_stacks_keep_their_state_in_its_bucket() -> None:
    stacks = synthesized("dev")
    bucket = stacks["state-backend"].only("aws_s3_bucket")["bucket"]
    for stack in ("services", "image-repositories"):
        assert stacks[stack].document["terraform"]["backend"]["s3"]["bucket"] == bucket
