"""Tests of the bucket of the Terraform states: protected, private, encrypted and versioned."""

from __future__ import annotations

import pytest

from tests.support.synth import synthesized

pytestmark = pytest.mark.synth


def test_terraform_refuses_to_destroy_it() -> None:
    bucket = synthesized("prod")["state-backend"].only("aws_s3_bucket")
    assert bucket["bucket"] == "colonnade-prod-terraform-state"
    assert bucket["lifecycle"] == {"prevent_destroy": True}
    assert "force_destroy" not in bucket


def test_every_version_of_a_state_is_kept() -> None:
    stack = synthesized()["state-backend"]
    assert stack.only("aws_s3_bucket_versioning")["versioning_configuration"] == {"status": "Enabled"}
    assert stack.resources("aws_s3_bucket_lifecycle_configuration") == {}


def test_it_is_encrypted_at_rest() -> None:
    (rule,) = synthesized()["state-backend"].only("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}


def test_requests_without_tls_are_denied() -> None:
    stack = synthesized()["state-backend"]
    bucket = stack.address("aws_s3_bucket")
    (statement,) = stack.only("aws_s3_bucket_policy")["policy"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Action"] == ["s3:*"]
    assert statement["Resource"] == [f"${{{bucket}.arn}}", f"${{{bucket}.arn}}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_nothing_in_it_can_be_public() -> None:
    stack = synthesized()["state-backend"]
    block = stack.only("aws_s3_bucket_public_access_block")
    settings = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert [block[setting] for setting in settings] == [True] * 4
    assert stack.only("aws_s3_bucket_ownership_controls")["rule"] == {"object_ownership": "BucketOwnerEnforced"}
