"""Small projects in git repositories, for the review of a branch.

A `Clone` is a small substitute: its synthesis copies `stacks.json`, and its sandbox writes small plans.
`test_project_change.py` tests the real synthesis, sandbox and review together.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.sandbox_session import PROJECT_ROOT

MAIN = """
import json, os, pathlib, sys
assert os.environ["STAND_IN_IMAGES"] == "true"  # the base may have images that are not pushed yet, too
settings = {name: os.environ.get(name) for name in ("ENVIRONMENT", "MIGRATION_PHASE")}
for name, document in json.loads(pathlib.Path("stacks.json").read_text()).items():
    if document == "killed":
        os.kill(os.getpid(), 9)
    if document is None:
        sys.exit(f"service {name!r} is wrong for {settings}")
    path = pathlib.Path(os.environ["CDKTF_OUTDIR"]) / "stacks" / name / "cdk.tf.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**document, "settings": settings}))
if pathlib.Path("warnings.json").exists():
    (pathlib.Path(os.environ["CDKTF_OUTDIR"]) / "warnings.json").write_text(pathlib.Path("warnings.json").read_text())
"""
SANDBOX = """
import json, os, pathlib, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
options = dict(zip(sys.argv[2:8:2], sys.argv[3:8:2]))
print("planning", sys.argv[8:], flush=True)
time.sleep(float(os.environ.get("SANDBOX_SECONDS", "0")))
pathlib.Path(options["--out"]).mkdir()
for name in sys.argv[8:]:
    in_base = (pathlib.Path(options["--base"]) / "stacks" / name).exists()
    type_ = "aws_lb_target_group" if name == "dangerous" else "aws_vpc"
    before = {"cidr_block": "10.0.0.0/16"} if in_base or name == "dangerous" else None
    after, node = ({"cidr_block": "10.9.0.0/16"}, "") if name != "dangerous" else (None, " (destroy)")
    actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    change = {"actions": actions, "before": before, "after": after}
    resource = {"address": f"{type_}.this", "mode": "managed", "type": type_, "name": "this", "change": change}
    plan = {"format_version": "1.2", "planned_values": {}, "resource_changes": [resource]}
    (pathlib.Path(options["--out"]) / f"{name}.json").write_text(json.dumps(plan))
    (pathlib.Path(options["--out"]) / f"{name}.dot").write_text(f'digraph {{ "[root] {type_}.this{node}" }}')
if os.environ.get("SANDBOX_STATUS") == "killed":
    os.kill(os.getpid(), 9)
sys.exit(int(os.environ.get("SANDBOX_STATUS", "0")))
"""
"""A substitute sandbox: it adds a VPC without a base, changes it with one, and destroys the resource of `dangerous`."""
PLANNED_FROM_BASE = "**0 added, 1 changed in place, 0 replaced, 0 destroyed**"
PLANNED_FROM_NOTHING = "**1 added, 0 changed in place, 0 replaced, 0 destroyed**"


class Repository:
    """A git repository in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True)  # noqa: S607

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=change")


class Clone(Repository):
    """A project whose first commit is on the branch `base`."""

    def __init__(self, folder: Path, stacks: Mapping[str, object]) -> None:
        super().__init__(folder)
        for name, text in (
            ("main.py", MAIN),
            ("cdktf.json", "{}"),
            ("colonnade_sandbox/__init__.py", ""),
            ("colonnade_sandbox/__main__.py", SANDBOX),
            ("below/README.md", ""),
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        (folder / "environments").mkdir()
        (folder / "environments" / "prod.toml").touch()
        self.synthesize(stacks)
        self.git("init", "--quiet", "--initial-branch=base")
        self.commit()
        self.git("checkout", "--quiet", "-b", "work")

    def synthesize(self, stacks: Mapping[str, object]) -> None:
        (self.folder / "stacks.json").write_text(json.dumps(stacks))

    def warn(self, warnings: Sequence[Mapping[str, str]]) -> None:
        (self.folder / "warnings.json").write_text(json.dumps(warnings))

    def start(self, *arguments: str, folder: str = ".", **settings: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "colonnade", "review", "--base", *arguments],
            cwd=self.folder / folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT), **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def review(self, *arguments: str, folder: str = ".", **settings: str) -> tuple[int, str, str]:
        """Return exit status, stdout and stderr."""
        process = self.start(*arguments, folder=folder, **settings)
        output, errors = process.communicate(timeout=60)
        assert self.left() == []
        return process.returncode, output, errors

    def approve(self, output: str) -> None:
        """Write the entries of a review's output with a reason."""
        printed = output.partition("Entries that approve")[2].partition("</details>")[0]
        entries = printed[printed.index("    [[approval]]") :].replace("FILL IN: why this is wanted", "it moves")
        (self.folder / "review-approvals.toml").write_text(entries)

    def left(self) -> list[Path]:
        return list((self.folder / ".sandbox").glob("*"))
