"""The sandbox's command line as a person starts it, in a project root and a scratch folder of the test's own."""

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
    """Of its output."""

    def output(self) -> str:
        return self.path.read_text()

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.output() or self.process.poll() is not None, seconds=LONG_SECONDS)
        assert text in self.output(), self.output()


@dataclass
class SandboxCli:
    """Runs the command line in a project root and with a scratch folder of the test's own."""

    root: Path
    scratch: Path

    def start(self, *arguments: str) -> Running:
        path = self.root / f"output-{len(list(self.root.glob('output-*')))}"
        with path.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "colonnade_sandbox", *arguments],
                cwd=self.root,
                env={**os.environ, "TMPDIR": str(self.scratch), "PYTHONPATH": str(PROJECT_ROOT)},
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return Running(process, path)

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code and output."""
        running = self.start(*arguments)
        return running.process.wait(LONG_SECONDS), running.output()

    def assert_nothing_is_left(self) -> None:
        """No process that works in the scratch folder, no file in it, no file about a session."""
        assert list(self.scratch.iterdir()) == []
        assert list((self.root / ".sandbox").glob("*")) == []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                environment = entry.read_bytes()
            except OSError:
                continue
            assert f"TMPDIR={self.scratch}\0".encode() not in environment, entry
