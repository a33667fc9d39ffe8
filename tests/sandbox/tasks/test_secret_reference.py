"""The forms of `valueFrom` that ECS reads."""

from __future__ import annotations

import pytest

from colonnade_sandbox.tasks.secret_reference import ParameterReference, SecretReference, SecretReferenceError, parse

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/payment"
FULL = f"{SECRET}-a1B2c3"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/flags"


@pytest.mark.parametrize(
    ("value_from", "reference"),
    [
        (FULL, SecretReference(arn=FULL)),
        (SECRET, SecretReference(arn=SECRET)),
        (f"{FULL}:key::", SecretReference(arn=FULL, json_key="key")),
        (f"{SECRET}:key::", SecretReference(arn=SECRET, json_key="key")),
        (f"{FULL}::AWSPREVIOUS:", SecretReference(arn=FULL, version_stage="AWSPREVIOUS")),
        (f"{FULL}:::9d4cb84b", SecretReference(arn=FULL, version_id="9d4cb84b")),
        (f"{FULL}:key:blue:9d", SecretReference(arn=FULL, json_key="key", version_stage="blue", version_id="9d")),
        (FULL.replace("aws:", "aws-cn:", 1), SecretReference(arn=FULL.replace("aws:", "aws-cn:", 1))),
        (PARAMETER, ParameterReference(name=PARAMETER)),
        ("/shop/flags", ParameterReference(name="/shop/flags")),
        ("flags", ParameterReference(name="flags")),
    ],
)
def test_a_value_from_names_a_secret_by_its_arn_or_a_parameter(
    value_from: str, reference: SecretReference | ParameterReference
) -> None:
    assert parse(value_from) == reference


@pytest.mark.parametrize("value_from", [f"{FULL}:key", f"{FULL}:key:", f"{FULL}:key:::", "arn:aws:secretsmanager:a:1"])
def test_an_arn_with_an_incomplete_tail_is_refused(value_from: str) -> None:
    with pytest.raises(SecretReferenceError, match="unexpected ARN format"):
        parse(value_from)
