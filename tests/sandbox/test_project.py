"""The project is the nearest folder with a cdktf.json, from wherever a command is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.project import Project


def test_the_nearest_folder_with_a_cdktf_json_is_the_project(tmp_path: Path) -> None:
    inner, below = tmp_path / "inner", tmp_path / "inner" / "a" / "b"
    below.mkdir(parents=True)
    for folder in (tmp_path, inner):
        (folder / "cdktf.json").write_text("{}")
    assert Project.find(below).root == inner
    assert Project.find(inner).root == inner


def test_a_folder_without_one_above_it_is_reported(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match=r"nor a folder above it has a cdktf\.json"):
        Project.find(tmp_path)
