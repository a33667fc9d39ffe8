"""The modules that a command loads, and the CPU time of the quick commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.command_line import PROGRAM, ROOT


def _loaded(*arguments: str) -> set[str]:
    script = (
        "import contextlib, io, json, sys\n"
        "from colonnade.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    main({list(arguments)!r})\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(ended.stdout))


HEAVY = {"boto3", "botocore", "cdktf", "jsii", "constructs", "rich", "moto", "aiohttp", "httpx", "asyncio"}


def test_help_loads_only_the_command_line_and_click() -> None:
    loaded = _loaded("--help")
    assert loaded & HEAVY == set()
    packages = {name.split(".")[1] for name in loaded if name.startswith("colonnade.")}
    assert packages == {"cli", "terminal"}
    assert not any(name.startswith(("colonnade_sandbox", "deployments", "environments")) for name in loaded)


def test_check_loads_neither_cdktf_nor_an_aws_library() -> None:
    assert _loaded("check") & HEAVY == set()


@pytest.mark.parametrize(
    ("words", "seconds"), [("--help", 0.2), ("routes explain services /service1", 0.4), ("routes table services", 0.4)]
)
def test_help_and_routes_are_fast(words: str, seconds: float) -> None:
    # The least CPU time of several runs, so that other tests on the machine do not affect it.
    assert min(_cpu_seconds(*words.split()) for _ in range(3)) < seconds


def _cpu_seconds(*arguments: str) -> float:
    process = subprocess.Popen([PROGRAM, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0
    return usage.ru_utime + usage.ru_stime
