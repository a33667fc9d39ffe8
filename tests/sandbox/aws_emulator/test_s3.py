"""A bucket policy that requires TLS allows the sandbox's requests, and the rest of the policy still applies."""

from __future__ import annotations

import json

import pytest

from colonnade_sandbox.aws_emulator.s3 import without_connection_conditions

pytestmark = pytest.mark.sandbox

_TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
_NO_DELETING = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "*"}


def _kept(statement: object) -> object:
    return json.loads(without_connection_conditions(json.dumps({"Statement": statement})))["Statement"]


def test_only_statements_that_deny_connections_without_tls_are_removed() -> None:
    assert _kept([_TLS_ONLY, _NO_DELETING]) == [_NO_DELETING]


def test_a_single_statement_counts_as_a_list_of_one() -> None:
    assert _kept(_NO_DELETING) == [_NO_DELETING]


def test_an_allow_statement_is_kept_with_any_condition() -> None:
    allowing = {**_TLS_ONLY, "Effect": "Allow"}
    assert _kept([allowing]) == [allowing]
