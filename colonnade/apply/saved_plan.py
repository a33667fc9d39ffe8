"""A saved plan for approval: FILE, which Terraform applies, and FILE.json and FILE.dot, which a review reads.

Each file is written in one step. All are removed when a new plan changes nothing or must not be applied.
"""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

from colonnade.apply.stack import Stack
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.review.saved_plan import SavedPlan

_INNER_FILE = "tfplan"


def require_writable(out: Path) -> None:
    """Raise ConfigurationError, before anything runs, for a file without a folder."""
    if not out.parent.is_dir() or out.is_dir():
        message = "it is a folder" if out.is_dir() else f"there is no folder {out.parent}"
        raise ConfigurationError(
            [Problem(subject=f"--out {out}", message=message, fix="give the path of a file in an existing folder")]
        )


def keep(plan: Path, read: SavedPlan, out: Path) -> None:
    """Save the plan in `out`, and its JSON and graph beside it; `plan` is a file in the temporary folder."""
    # The order of the writes matters: an interruption never leaves a plan beside the JSON of another plan.
    discard(out)
    _replace(_beside(out, "json"), json.dumps(read.document).encode())
    _replace(_beside(out, "dot"), read.graph.encode())
    _replace(out, plan.read_bytes())


def discard(out: Path) -> None:
    """Remove the files of an earlier plan, so that no one takes them for this one."""
    for file in (out, _beside(out, "json"), _beside(out, "dot")):
        file.unlink(missing_ok=True)


def require_plan_file(plan: Path) -> None:
    """Raise ConfigurationError, before anything runs, for a file that is not a plan of Terraform."""
    try:
        with zipfile.ZipFile(plan) as archive:
            archive.getinfo(_INNER_FILE)
    except FileNotFoundError:
        raise _wrong(plan, "there is no such file") from None
    except (OSError, KeyError, zipfile.BadZipFile):
        raise _wrong(plan, "it is not a plan that Terraform saved") from None


def require_plan_of(stack: Stack, plan: Path) -> None:
    """Raise ConfigurationError for a plan of another stack or environment: Terraform would apply it to the state of
    that one."""
    # `terraform show -json` omits the backend. The plan file has its settings as plain text.
    with zipfile.ZipFile(plan) as archive:
        inner = archive.read(_INNER_FILE)
    if stack.state.encode() not in inner:
        target = f"stack {stack.name!r} in environment {stack.environment.name!r}"
        raise _wrong(plan, f"it is not a plan of {target}: it does not name the state {stack.state}")


def _wrong(plan: Path, message: str) -> ConfigurationError:
    fix = "write one with `colonnade plan STACK -e ENVIRONMENT --out FILE`"
    return ConfigurationError([Problem(subject=f"--plan {plan}", message=message, fix=fix)])


def _beside(out: Path, ending: str) -> Path:
    return out.with_name(f"{out.name}.{ending}")


def _replace(target: Path, content: bytes) -> None:
    """Replace the target with a file that only this user can read, because plans may hold secrets."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
