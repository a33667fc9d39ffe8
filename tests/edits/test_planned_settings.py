"""Every setting of an environment is edited in a real plan, or has a reason why it is not.

A new setting needs an entry in `_SETTINGS` of tests/support/edits.py, which plans it, or in `NO_EDIT`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from colonnade.model.declared_types import field_types
from colonnade.model.environment.settings import Environment
from tests.support.edits import EDITS, NO_EDIT

TABLES = ("migration ", "deployments.")
"""The starts of the edits of a table with names of deployments, of which each key is an edit of its own."""
PLANNED = {next((start[:-1] for start in TABLES if edit.startswith(start)), edit) for edit in EDITS}


def _settings(declaration: type, path: str = "") -> Iterator[str]:
    """Yield the dotted key of each setting."""
    for key, annotation in field_types(declaration).items():
        if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
            yield from _settings(annotation, f"{key}.")
        else:
            yield f"{path}{key}"


def test_every_setting_has_a_planned_edit_or_a_reason_why_not() -> None:
    assert sorted(set(_settings(Environment)) - PLANNED - NO_EDIT.keys()) == []


def test_no_reason_is_left_for_a_setting_that_is_planned_or_gone() -> None:
    assert sorted(NO_EDIT.keys() - (set(_settings(Environment)) - PLANNED)) == []
