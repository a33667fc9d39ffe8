"""Snapshots of synthesized Terraform as a reviewer reads them: one JSON file per test, next to the test file.

A test requests the fixture `json_snapshot`, which tests/conftest.py imports for every test, and compares:
`assert normalized(document) == json_snapshot`. The file is `__snapshots__/TEST_FILE/TEST_NAME.json`, and
`pytest --snapshot-update` writes it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension


@pytest.fixture
def json_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return the snapshot of this test as a JSON file: keys sorted, one list item per line."""
    return snapshot.use_extension(JSONSnapshotExtension)


def normalized(value: Any) -> Any:
    """Return the value without CDKTF's notes under `//`, with sorted keys and parsed JSON strings."""
    if isinstance(value, dict):
        return {key: normalized(value[key]) for key in sorted(value) if key != "//"}
    if isinstance(value, list):
        return [normalized(item) for item in value]
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return normalized(json.loads(value))
        except ValueError:
            return value
    return value
