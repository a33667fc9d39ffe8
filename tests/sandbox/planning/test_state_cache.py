"""A kept state is found only for the same JSON that was applied."""

from __future__ import annotations

import os
from pathlib import Path

from colonnade_sandbox.planning.state_cache import _KEPT, StateCache
from colonnade_sandbox.synthesized import Stack, read_stack
from tests.support.small_stacks import DEPLOYMENT, write_small_stacks


def _stack(folder: Path, port: int = 7073) -> Stack:
    return read_stack(write_small_stacks(folder, container_port=port), DEPLOYMENT)


def test_a_state_is_found_for_the_same_json_in_any_folder_and_for_no_other_json(tmp_path: Path) -> None:
    StateCache(tmp_path / "states").keep(_stack(tmp_path / "one"), '{"serial": 1}')
    states = StateCache(tmp_path / "states")
    found = states.find(_stack(tmp_path / "two"))
    assert found is not None
    assert found.read_text() == '{"serial": 1}'
    assert states.find(_stack(tmp_path / "other", port=7074)) is None


def test_a_search_in_an_empty_cache_creates_no_folder(tmp_path: Path) -> None:
    assert StateCache(tmp_path / "states").find(_stack(tmp_path / "one")) is None
    assert not (tmp_path / "states").exists()


def test_the_least_recently_used_states_are_removed(tmp_path: Path) -> None:
    states = StateCache(tmp_path / "states")
    stacks = [_stack(tmp_path / str(port), port) for port in range(1, _KEPT + 2)]
    for age, stack in enumerate(stacks[:-1]):
        states.keep(stack, "{}")
        path = states.find(stack)
        assert path is not None
        os.utime(path, (age, age))
    assert states.find(stacks[0]) is not None  # now the most recently used
    states.keep(stacks[-1], "{}")
    assert states.find(stacks[0]) is not None
    assert states.find(stacks[1]) is None
    assert len(list((tmp_path / "states").iterdir())) == _KEPT
