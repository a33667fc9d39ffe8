"""A synthesized stack is read from its JSON alone. Stacks of other environments are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.synthesized import LOCK_FILE, copy_stack, read_stack, require_sandbox
from tests.support.small_stacks import DEPLOYMENT, write_small_stacks


def test_a_stack_has_its_account_region_environment_zones_and_bucket(tmp_path: Path) -> None:
    path = write_small_stacks(tmp_path) / "stacks" / DEPLOYMENT / "cdk.tf.json"
    document = json.loads(path.read_text())
    document["terraform"]["backend"] = {"s3": {"bucket": "states"}}
    zones = {"public": {"name": "a.localhost", "private_zone": False}, "private": {"name": "b", "private_zone": True}}
    document["data"] = {"aws_route53_zone": zones}
    path.write_text(json.dumps(document))
    stack = read_stack(tmp_path, DEPLOYMENT)
    assert (stack.account_id, stack.region, stack.environment) == ("123456789012", "eu-west-1", "sandbox")
    assert (stack.zone_names, stack.state_bucket, stack.path) == (("a.localhost",), "states", path)


def test_a_stack_has_its_lookups_with_what_their_postconditions_require(tmp_path: Path) -> None:
    path = write_small_stacks(tmp_path) / "stacks" / DEPLOYMENT / "cdk.tf.json"
    document = json.loads(path.read_text())
    conditions = ['${self.vpc_id == "vpc-1"}', "${self.size >= 2}"]
    lifecycle = {"postcondition": [{"condition": each, "error_message": "wrong"} for each in conditions]}
    document["data"] = {"aws_subnet": {"one": {"id": "subnet-1", "lifecycle": lifecycle}}}
    document["resource"]["aws_route53_record"] = {"one": {"name": "a.localhost", "alias": {}}, "two": {"name": "b"}}
    path.write_text(json.dumps(document))
    stack = read_stack(tmp_path, DEPLOYMENT)
    (lookup,) = stack.lookups
    assert (lookup.kind, lookup.address) == ("aws_subnet", "data.aws_subnet.one")
    assert (lookup.arguments["id"], lookup.required) == ("subnet-1", {"vpc_id": "vpc-1"})
    assert lookup.conditions == tuple(conditions)
    assert stack.domain_names == ("a.localhost",)


def test_a_state_in_a_file_has_no_bucket(tmp_path: Path) -> None:
    assert read_stack(write_small_stacks(tmp_path), DEPLOYMENT).state_bucket is None


def test_a_missing_stack_is_reported_with_the_existing_ones(tmp_path: Path) -> None:
    write_small_stacks(tmp_path)
    with pytest.raises(SandboxError, match="no stack 'smal'; its stacks: image-repositories, small, state-backend"):
        read_stack(tmp_path, "smal")


def test_an_empty_folder_is_reported_with_the_command_to_run(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="run `colonnade synth` first"):
        read_stack(tmp_path, "services")


@pytest.mark.parametrize("text", ["{", "{}", '{"provider": {"aws": []}}'])
def test_a_file_that_synthesis_did_not_write_is_reported_with_its_path(tmp_path: Path, text: str) -> None:
    path = write_small_stacks(tmp_path) / "stacks" / DEPLOYMENT / "cdk.tf.json"
    path.write_text(text)
    with pytest.raises(SandboxError, match=r"cdk\.tf\.json was not written by `colonnade synth`"):
        read_stack(tmp_path, DEPLOYMENT)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_another_environment_is_refused_with_its_account(tmp_path: Path, environment: str) -> None:
    stack = read_stack(write_small_stacks(tmp_path, environment=environment), DEPLOYMENT)
    with pytest.raises(SandboxError, match=f"environment '{environment}', account 123456789012"):
        require_sandbox(stack)


def test_a_stack_is_copied_with_the_files_beside_it_and_without_those_of_another_version(tmp_path: Path) -> None:
    stack, folder = write_small_stacks(tmp_path) / "stacks" / DEPLOYMENT / "cdk.tf.json", tmp_path / "copy"
    stack.with_name(LOCK_FILE).write_text("locked")
    own = stack.with_name("own.tf")
    own.write_text("locals {}")
    copy_stack(stack, folder)
    assert (folder / "own.tf").read_text() == "locals {}"
    assert (folder / "cdk.tf.json").read_bytes() == stack.read_bytes()
    assert (folder / LOCK_FILE).read_text() == "locked"
    stack.with_name(LOCK_FILE).unlink()
    own.unlink()
    copy_stack(stack, folder)
    assert not (folder / "own.tf").exists()
    assert not (folder / LOCK_FILE).exists()
