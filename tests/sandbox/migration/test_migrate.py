"""The command `colonnade sandbox migrate`: its checks pass, its output shows them, and an interrupt ends it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from colonnade_sandbox.migration.phases import PHASES

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
PLAN_CHECK = f"{sys.executable} -m colonnade migration check"


@pytest.fixture(scope="module")
def phases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phases")
    for phase in PHASES:
        environment = {**os.environ, "MIGRATION_PHASE": phase, "CDKTF_OUTDIR": str(folder / phase)}
        subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=environment, check=True)
    return folder


def _demo(phases: Path, chart: Path) -> subprocess.Popen[str]:
    options = {"--phases": phases, "--plan-check": PLAN_CHECK, "--chart": chart}
    arguments = [str(each) for option in options.items() for each in option]
    return subprocess.Popen(
        [sys.executable, "-m", "colonnade_sandbox", "migrate", "--verbose", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _rows(output: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield the title, the requests, the failed ones and the expected failures of each line of the table."""
    for title, *numbers in re.findall(r"^ ?(\w[\w, ]*?) {2,}(\d+) +(\d+) +(\d+) +\d+ +\d+", output, re.MULTILINE):
        requests, failed, expected = map(int, numbers)
        yield title, requests, failed, expected


@pytest.mark.timeout(1200)
@pytest.mark.xdist_group("migrate_demo")
def test_the_migration_and_the_way_back_have_only_expected_failures(phases: Path, tmp_path: Path) -> None:
    chart = tmp_path / "made" / "migration.svg"
    output, _ = (demo := _demo(phases, chart)).communicate()
    assert demo.returncode == 0, output
    rows = list(_rows(output))
    titles = [title for title, *_ in rows]
    assert titles == [
        *("monolith", "attached", "canary", "cutover"),
        *("users down", "back to canary", "back to attached"),
        *("canary", "cutover", "retired"),
        *("back to cutover", "back to canary", "back to attached", "back to monolith"),
        "total",
    ]
    assert [failed for _, _, failed, _ in rows] == [0] * len(rows)
    assert {title for title, _, _, expected in rows if expected} >= {"users down", "total"}
    assert rows[2][1] >= 2000
    assert "service 'users': 'monolith' to 'cutover' " in output
    assert "users: cannot open the database" in output
    assert output.count(": 503 ") == 3
    picture = ET.parse(chart).getroot()  # noqa: S314 - written by the project
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.seldom
@pytest.mark.timeout(300)
def test_an_interrupted_demo_leaves_no_process_behind(phases: Path, tmp_path: Path) -> None:
    demo = _demo(phases, tmp_path / "migration.svg")
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.startswith("  aws_ecs_cluster"):
            break
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate()
    assert demo.returncode == 130, output
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)
    assert not (tmp_path / "migration.svg").exists()
