"""The sandbox's command line, started as a user does, in a test's own project root and scratch folder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.sandbox_session import PROJECT_ROOT
from tests.support.waiting import wait_until

LONG_SECONDS = 120.0


@dataclass
class Running:
    process: subprocess.Popen[str]
    path: Path
    """The file with its output."""

    def output(self) -> str:
        return self.path.read_text()

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.output() or self.process.poll() is not None, seconds=LONG_SECONDS)
        assert text in self.output(), self.output()


@dataclass
class SandboxCli:
    """A runner of the command line, with a test's own project root and scratch folder."""

    root: Path
    scratch: Path

    def start(self, *arguments: str) -> Running:
        path = self.root / f"output-{len(list(self.root.glob('output-*')))}"
        with path.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "colonnade_sandbox", *arguments],
                cwd=self.root,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return Running(process, path)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self.scratch), "PYTHONPATH": str(PROJECT_ROOT)}

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run the command line; return its exit code and output."""
        running = self.start(*arguments)
        return running.process.wait(LONG_SECONDS), running.output()

    def assert_nothing_is_left(self) -> None:
        """Fail if a process uses the scratch folder, or a file is left in it or about a session."""
        assert list(self.scratch.iterdir()) == []
        assert list((self.root / ".sandbox").glob("*")) == []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                environment = entry.read_bytes()
            except OSError:
                continue
            assert f"TMPDIR={self.scratch}\0".encode() not in environment, entry
