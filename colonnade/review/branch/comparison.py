"""Two syntheses, stack by stack: what is equal, what is to be planned, and against what. Pure but for the reading."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.model.errors import suggestion
from colonnade.review.branch.errors import ReviewError

EVERY = "all"
"""In place of a stack's name: every one."""
_NEW = "A first deployment: the base does not have it.\n\n"
_ELSEWHERE = "A first deployment: its account, region or state is not that of the base, whose resources stay.\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    planned: Mapping[str, str]
    """The stacks that differ; a note where they are planned from nothing, empty where from the base's state."""
    equal: Sequence[str]
    gone: Sequence[str]
    """Those that only the base has."""

    def remainder(self) -> str:
        """What is to be said of the stacks that have no plan, as Markdown."""
        text = f"\nNo change: {_listed(self.equal)}.\n" if self.equal else ""
        if self.gone:
            text += f"\nNo longer synthesized: {_listed(self.gone)}. What they made stays until somebody destroys it.\n"
        return text


def read_documents(folder: Path) -> dict[str, Any]:
    """The JSON of every stack that a synthesis wrote into `folder`, by name; none where there is no such folder."""
    return {
        path.parent.name: _without_comments(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("stacks/*/cdk.tf.json"))
    }


def compare(old: Mapping[str, Any], new: Mapping[str, Any], deployment: str = EVERY) -> Comparison:
    """`deployment` is one stack's name or `all`. Raises ReviewError for a name that neither side has."""
    names = sorted({*old, *new})
    if deployment not in (EVERY, *names):
        hint = suggestion(deployment, names, label="synthesized")
        raise ReviewError(f"stack {deployment!r}: there is no such stack\n    {hint}")
    names = names if deployment == EVERY else [deployment]
    equal = [name for name in names if name in old and old[name] == new.get(name)]
    return Comparison(
        planned={name: _note(old.get(name), new[name]) for name in names if name in new and name not in equal},
        equal=equal,
        gone=[name for name in names if name not in new],
    )


def _note(old: Any, new: Any) -> str:
    if old is None:
        return _NEW
    return "" if _place(old) == _place(new) else _ELSEWHERE


def _place(document: Any) -> Any:
    """Where a stack and its state are: at another place nothing is known of what was made before."""
    provider = document["provider"]["aws"][0]
    return provider["allowed_account_ids"], provider["region"], document["terraform"]["backend"]


def _without_comments(value: Any) -> Any:
    """Without CDKTF's notes under `//`, which Terraform does not read."""
    if isinstance(value, dict):
        return {key: _without_comments(item) for key, item in value.items() if key != "//"}
    return [_without_comments(item) for item in value] if isinstance(value, list) else value


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
