"""The Terraform files that a project adds to its stacks: `deployments/NAME.tf/*.tf` -> checked -> cdktf.out.

Terraform's own parser judges their syntax if Terraform is on PATH; otherwise the plan finds such errors.
Terraform reads no file whose name begins with a dot, so neither does this module.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from colonnade.model.errors import Problem, suggestion
from colonnade.model.terraform_files import SUFFIX, block_problems, name_fault

_DEPLOYMENTS = "deployments"


def terraform_file_problems(root: Path, deployments: Iterable[str]) -> Iterator[Problem]:
    """Yield every problem of the Terraform files of the project at `root`, which has these deployments."""
    known = sorted(deployments)
    for folder in sorted((root / _DEPLOYMENTS).glob(f"*{SUFFIX}")):
        place, name = f"{_DEPLOYMENTS}/{folder.name}", folder.name.removesuffix(SUFFIX)
        if not folder.is_dir():
            fix = f"move it into a folder with the name of its deployment: {_DEPLOYMENTS}/NAME{SUFFIX}/{folder.name}"
            yield Problem(subject=place, message="is a file beside the deployments, in no stack", fix=fix)
            continue
        if name not in known:
            fix = suggestion(name, known, label="declared")
            yield Problem(subject=place, message=f"there is no deployment {name!r}", fix=fix)
        for entry in _entries(folder):
            yield from _problems(entry, f"{place}/{entry.name}")


def copy_terraform_files(root: Path, folder: Path) -> None:
    """Copy each synthesized deployment's Terraform files beside its JSON below `folder`.

    Those of a former synthesis are removed first.
    """
    stacks = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["stacks"]
    for name in stacks:
        stack = folder / "stacks" / name
        for former in stack.glob(f"*{SUFFIX}"):
            former.unlink()
        for file in _entries(root / _DEPLOYMENTS / f"{name}{SUFFIX}"):
            (stack / file.name).write_bytes(file.read_bytes())


def _entries(folder: Path) -> list[Path]:
    """Return the entries of a folder that Terraform would not ignore, sorted; none if there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if not each.name.startswith(".") and not each.name.endswith("~"))


def _problems(file: Path, place: str) -> Iterator[Problem]:
    if file.is_dir():
        fix = f"move its files into {_DEPLOYMENTS}/{file.parent.name}, or remove it"
        yield Problem(subject=place, message="is a folder; Terraform reads no files in subfolders", fix=fix)
        return
    fault = name_fault(file.name)
    if fault is not None:
        yield Problem(subject=place, message=fault.message, fix=fault.fix)
    if not file.name.endswith(SUFFIX):
        return
    try:
        content = file.read_bytes()
    except OSError as error:
        fix = "make it a file that can be read, or remove it"
        yield Problem(subject=place, message=f"cannot be read: {error.strerror}", fix=fix)
        return
    refusal = _syntax_error(content)
    if refusal is None:
        yield from block_problems(place, content.decode("utf-8", errors="replace"))
    else:
        line, message, fix = refusal
        yield Problem(subject=f"{place}{line}", message=message, fix=fix)


@functools.cache  # every environment has the same files, and each start of Terraform takes a tenth of a second
def _syntax_error(content: bytes) -> tuple[str, str, str] | None:
    """Return the first error of Terraform's parser as ':LINE', message and fix.

    Return None if it accepts the content, and if there is no Terraform that runs: synthesis works without.
    """
    import subprocess  # only here, as every command imports this module and few projects have such files

    try:
        ended = subprocess.run(
            ["terraform", "fmt", "-no-color", "-list=false", "-write=false", "-"],  # noqa: S607
            input=content,
            capture_output=True,
            check=False,
            env={name: value for name, value in os.environ.items() if not name.startswith("TF_")},
        )
    except OSError:
        return None
    printed = ended.stderr.decode("utf-8", errors="replace")
    error = re.search(r"^Error: (.+)$", printed, re.MULTILINE)
    line = re.search(r"^  on <stdin> line (\d+)", printed, re.MULTILINE)
    if ended.returncode == 0 or error is None or line is None:  # without a line, Terraform itself is at fault
        return None
    fix = "correct the line; `terraform fmt` explains the error"
    return f":{line[1]}", f"is not Terraform's language: {error[1]}", fix
