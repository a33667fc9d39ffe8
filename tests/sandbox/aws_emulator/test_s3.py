"""A bucket that wants TLS lets the sandbox in, and nothing else of its policy is lost."""

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


def test_only_what_denies_connections_without_tls_is_passed_over() -> None:
    assert _kept([_TLS_ONLY, _NO_DELETING]) == [_NO_DELETING]


def test_a_single_statement_counts_as_a_list_of_one() -> None:
    assert _kept(_NO_DELETING) == [_NO_DELETING]


def test_a_statement_that_allows_stays_whatever_its_condition() -> None:
    allowing = {**_TLS_ONLY, "Effect": "Allow"}
    assert _kept([allowing]) == [allowing]
