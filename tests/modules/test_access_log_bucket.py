"""Tests of the bucket of a load balancer's access logs: permissions, encryption and expiry."""

from __future__ import annotations

import dataclasses

import pytest

from colonnade.model import aws_limits
from tests.support.project import PROJECT
from tests.support.project import SINGLE_SERVICE as DEPLOYMENT
from tests.support.synth import DEPLOYMENT_NAMES, Stack, synthesize, synthesized

pytestmark = pytest.mark.synth

PROD = PROJECT.environment("prod")


def _bucket(stack: Stack) -> str:
    return stack.address("aws_s3_bucket", "access_logs_this")


@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_only_load_balancers_of_the_account_may_write_and_only_with_tls(deployment: str) -> None:
    stack = synthesized("prod")[deployment]
    name = stack.only("aws_s3_bucket", "access_logs_this")["bucket"]
    tls_only, write = stack.only("aws_s3_bucket_policy", "access_logs_policy")["policy"]["Statement"]
    assert (tls_only["Effect"], tls_only["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert tls_only["Resource"] == [f"${{{_bucket(stack)}.arn}}", f"${{{_bucket(stack)}.arn}}/*"]
    assert write == {
        "Sid": "LoadBalancers",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": ["s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{name}/AWSLogs/444455556666/*"],
    }


def test_it_has_the_encryption_that_load_balancers_can_write_with() -> None:
    encryption = synthesized("prod")["services"].only("aws_s3_bucket_server_side_encryption_configuration")
    assert encryption["rule"] == [{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}]


def test_nothing_in_it_can_be_public() -> None:
    block = synthesized("prod")["services"].only("aws_s3_bucket_public_access_block")
    settings = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert [block[setting] for setting in settings] == [True] * 4


def test_logs_expire_after_the_days_of_the_environment() -> None:
    (rule,) = synthesized("prod")["services"].only("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert rule["expiration"] == [{"days": PROD.traffic_logs.access_log_days}]
    assert (rule["status"], rule["filter"]) == ("Enabled", [{"prefix": ""}])
    assert rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]


def test_destroying_the_bucket_deletes_logs_only_without_deletion_protection() -> None:
    unprotected = dataclasses.replace(PROD, protection=dataclasses.replace(PROD.protection, deletion_protection=False))
    stack = synthesize(unprotected, DEPLOYMENT)["single_service"]
    assert stack.only("aws_s3_bucket")["force_destroy"] is True
    assert "force_destroy" not in synthesized("prod")["single_service"].only("aws_s3_bucket")


def test_each_deployment_has_its_own_bucket_with_a_valid_name() -> None:
    names = [synthesized("prod")[name].only("aws_s3_bucket")["bucket"] for name in DEPLOYMENT_NAMES]
    assert len(set(names)) == len(names) == len(DEPLOYMENT_NAMES)
    least, most = aws_limits.BUCKET_NAME_LENGTHS
    assert [name for name in names if not least <= len(name) <= most] == []


@pytest.mark.parametrize("environment", ["sandbox", "dev"])
def test_without_retention_days_there_is_no_bucket(environment: str) -> None:
    stack = synthesized(environment)["services"]
    assert stack.resources("aws_s3_bucket") == {}
    assert "access_logs" not in stack.only("aws_lb")
