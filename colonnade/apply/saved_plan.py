"""A plan in a file that a person approves: FILE, which Terraform applies, and FILE.json, which a review reads.

Both appear complete or not at all, and they go when there is nothing left in them that may be applied.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from colonnade.apply.stack import Stack
from colonnade.model.errors import ConfigurationError, Problem

_INNER_FILE = "tfplan"


def require_writable(out: Path) -> None:
    """Refuse a file for which there is no folder, before anything runs."""
    if not out.parent.is_dir() or out.is_dir():
        message = "it is a folder" if out.is_dir() else f"there is no folder {out.parent}"
        raise ConfigurationError([Problem(subject=f"--out {out}", message=message, fix="name a file in a folder")])


def keep(plan: Path, document: Mapping[str, Any], out: Path) -> None:
    """Write the plan to `out` and its JSON beside it; `plan` is a file of the scratch folder."""
    written = _json_file(out)
    # In this order, an interruption leaves no plan beside the JSON of another one.
    out.unlink(missing_ok=True)
    _replace(written, json.dumps(document).encode())
    _replace(out, plan.read_bytes())


def discard(out: Path) -> None:
    """Remove what an earlier plan left: it must not be taken for this one."""
    out.unlink(missing_ok=True)
    _json_file(out).unlink(missing_ok=True)


def require_plan_file(plan: Path) -> None:
    """Refuse a file that Terraform did not write, before anything runs."""
    try:
        with zipfile.ZipFile(plan) as archive:
            archive.getinfo(_INNER_FILE)
    except FileNotFoundError:
        raise _wrong(plan, "there is no such file") from None
    except (OSError, KeyError, zipfile.BadZipFile):
        raise _wrong(plan, "it is not a plan that Terraform saved") from None


def require_plan_of(stack: Stack, plan: Path) -> None:
    """Refuse a plan of another stack or environment: Terraform applies a plan to the state that the plan names."""
    # Only the plan's own format names the backend, and holds its settings as plain text.
    with zipfile.ZipFile(plan) as archive:
        inner = archive.read(_INNER_FILE)
    if stack.state.encode() not in inner:
        target = f"stack {stack.name!r} in environment {stack.environment.name!r}"
        raise _wrong(plan, f"it is not a plan of {target}: it does not name the state {stack.state}")


def _wrong(plan: Path, message: str) -> ConfigurationError:
    fix = "write one with `colonnade plan STACK -e ENVIRONMENT --out FILE`"
    return ConfigurationError([Problem(subject=f"--plan {plan}", message=message, fix=fix)])


def _json_file(out: Path) -> Path:
    return out.with_name(f"{out.name}.json")


def _replace(target: Path, content: bytes) -> None:
    """Write a file that only this user can read, as plans may hold secrets, and put it in the target's place."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
