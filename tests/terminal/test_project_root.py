"""The project's root: the nearest folder with a cdktf.json, at or above the working directory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.project_root import NoProjectError, project_root


def test_the_nearest_folder_with_a_cdktf_json_is_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner, below = tmp_path / "inner", tmp_path / "inner" / "a" / "b"
    below.mkdir(parents=True)
    for folder in (tmp_path, inner):
        (folder / "cdktf.json").write_text("{}")
    assert project_root(below) == inner
    assert project_root(inner) == inner
    monkeypatch.chdir(below)
    assert project_root() == inner


def test_without_a_cdktf_json_there_is_no_project(tmp_path: Path) -> None:
    message = f"folder '{tmp_path}': neither it nor a folder above has a cdktf.json"
    with pytest.raises(NoProjectError, match=f"^{re.escape(message)}") as refused:
        project_root(tmp_path)
    assert refused.value.exit_status == ExitStatus.WRONG_INPUT
