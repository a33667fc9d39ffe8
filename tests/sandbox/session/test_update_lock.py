"""One update of a session runs at a time, and the end of the session ends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session.update_lock import end_update, held

_HOLD = """
import sys
from pathlib import Path
from colonnade_sandbox.session.update_lock import held
with held(Path(sys.argv[1]), "shop"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_update_is_refused_and_names_the_first(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with (
        pytest.raises(SandboxError, match=rf"another update of 'shop' runs, process {process.pid};"),
        held(tmp_path, "shop"),
    ):
        pass
    end_update(tmp_path)
    assert process.wait(5) == -15
    with held(tmp_path, "shop"):
        pass


def test_the_end_of_a_session_without_an_update_does_not_wait(tmp_path: Path) -> None:
    end_update(tmp_path)
    with held(tmp_path, "shop"):
        pass
    end_update(tmp_path)
