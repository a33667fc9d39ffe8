"""The comparison of two syntheses: the stacks that differ, and the state from which each of them is planned."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.model.errors import unknown
from colonnade.model.warnings import WARNINGS_FILE, ConfigurationWarning
from colonnade.review.branch.document_findings import place
from colonnade.review.errors import ReviewError


class Start(enum.Enum):
    """The state from which a stack is planned. The JSON of a review contains the value."""

    BASE = "base"
    """The state of the deployed base."""
    NEW = "new"
    """An empty state: the base does not have the stack."""
    ELSEWHERE = "elsewhere"
    """An empty state: account, region or state differ from the base. The base's resources remain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The stacks of two syntheses: to be planned, unchanged or removed."""

    planned: Mapping[str, Start]
    """The stacks that differ."""
    unchanged: Sequence[str]
    removed: Sequence[str]
    """The stacks that only the base has."""


def read_documents(folder: Path) -> dict[str, Any]:
    """Return the JSON of every stack in the output folder of a synthesis, by name; empty without the folder.

    The Terraform files beside a stack's JSON are added to it as text, by file name, so that a change of such a file
    counts as a difference.
    """
    return {
        path.parent.name: {
            **_without_comments(json.loads(path.read_text(encoding="utf-8"))),
            **{file.name: file.read_text(encoding="utf-8") for file in sorted(path.parent.glob("*.tf"))},
        }
        for path in sorted(folder.glob("stacks/*/cdk.tf.json"))
    }


def read_warnings(folder: Path) -> tuple[ConfigurationWarning, ...]:
    """Return the warnings in the output folder of a synthesis; none if an older version of main.py wrote it."""
    file = folder / WARNINGS_FILE
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return tuple(ConfigurationWarning(**each) for each in found)


def compare(old: Mapping[str, Any], new: Mapping[str, Any], deployments: Sequence[str] = ()) -> Comparison:
    """Compare the stacks named in `deployments`, by default all. Raise ReviewError for a name that neither side has."""
    known = sorted({*old, *new})
    for name in deployments:
        if name not in known:
            raise ReviewError(str(unknown("stack", name, known, label="synthesized")))
    names = sorted(set(deployments)) if deployments else known
    unchanged = [name for name in names if name in old and old[name] == new.get(name)]
    return Comparison(
        planned={name: _start(old.get(name), new[name]) for name in names if name in new and name not in unchanged},
        unchanged=unchanged,
        removed=[name for name in names if name not in new],
    )


def _start(old: Any, new: Any) -> Start:
    if old is None:
        return Start.NEW
    return Start.BASE if place(old) == place(new) else Start.ELSEWHERE


def _without_comments(value: Any) -> Any:
    """Return a document without CDKTF's comments under `//`, which Terraform ignores."""
    if isinstance(value, dict):
        return {key: _without_comments(item) for key, item in value.items() if key != "//"}
    return [_without_comments(item) for item in value] if isinstance(value, list) else value
