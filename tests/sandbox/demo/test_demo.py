"""The whole demo, from deploying to destroying, as `make demo` runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sandbox_session import PROJECT_ROOT, write_project_stacks


@pytest.mark.sandbox
@pytest.mark.slow
def test_the_demo_deploys_makes_requests_plans_no_change_destroys_and_ends_with_0(tmp_path: Path) -> None:
    synthesized, scratch = tmp_path / "synthesized", tmp_path / "scratch"
    write_project_stacks(synthesized)
    scratch.mkdir()
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "colonnade_sandbox",
            "demo",
            "services",
            "--synthesized",
            str(synthesized),
        ],
        cwd=PROJECT_ROOT,
        env={**os.environ, "TMPDIR": str(scratch)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    output = ended.stdout
    order = [
        "Applying state-backend: ",
        "Applying image-repositories: ",
        "Applying services: ",
        "Certificate authority: ",
        "GET http://services.colonnade.localhost/: 301 -> https://services.colonnade.localhost:",
        'GET https://services.colonnade.localhost/: 200 { "msg": "base route" }',
        "GET https://services.colonnade.localhost/service3/fetch: 404 ",
        "Planned again: nothing would change.",
        "Destroying services: ",
        "Destroying image-repositories: ",
        "Everything is destroyed",
        "Try next:",
    ]
    places = [output.find(text) for text in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert list(scratch.iterdir()) == []
    assert _resources(output) == _resources((PROJECT_ROOT / "README.md").read_text())


def _resources(text: str) -> list[tuple[str, ...]]:
    """Return what the lines about the applied and the destroyed deployment say of its resources, without the times."""
    return re.findall(r"^(Applying|Destroying) services: (\d+ resources), \d+ s (\(.*\))$", text, re.MULTILINE)
