"""A sandbox of its own for the cases: `sandbox up` as a child process, in a project folder with its own image catalog.

A sandbox that the user runs in the checkout is another one, and stays as it is.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from colonnade_sandbox.session.file import SessionFile
from colonnade_sandbox.synthesized import read_stack
from tests.support.changed_stacks import Changes, write_changed
from tests.support.processes import running_below
from tests.support.waiting import wait_until
from tools.chaos.running import Running, Size

DEPLOYMENT = "services"
_ROOT = Path(__file__).parent.parent.parent
_APP = Path(__file__).with_name("app.py")
_UP_WITHIN_SECONDS = 600.0
_SHOWN_LINES = 30
_READY = "Running until Ctrl-C"


class ChaosError(Exception):
    """The sandbox did not start, or a command that a case needs failed. The message has its output."""


class Started(Running):
    """The sandbox that `started` has started. `folder` holds all of its files."""

    def __init__(self, folder: Path, *, size: Size) -> None:
        super().__init__(self._read_facts, size=size)
        self.folder = folder
        self.temporary = folder / "tmp"
        self.written_folders = (self.temporary, folder / "project" / ".sandbox")
        """The folders in which a sandbox that has ended must leave nothing."""
        self._file = SessionFile(self.written_folders[1], DEPLOYMENT)
        self._processes: list[subprocess.Popen[bytes]] = []

    def _read_facts(self) -> Mapping[str, Any]:
        facts = self._file.read()
        if facts is None or "endpoints" not in facts:
            raise ChaosError("the sandbox does not run")
        return facts

    def up(self) -> tuple[subprocess.Popen[bytes], Path]:
        """Start `sandbox up`; return its process and the file with its output, without a wait."""
        output = self.folder / f"output-{len(self._processes)}"
        with output.open("wb") as stream:
            process = subprocess.Popen(
                self._command(self.folder / "synthesized"),
                cwd=self.folder / "project",
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C for this program reaches it through `close`
            )
        self._processes.append(process)
        return process, output

    def wait_until_up(self, process: subprocess.Popen[bytes], output: Path) -> None:
        """Wait until every service is healthy. Raises ChaosError if the process ends before."""
        wait_until(
            lambda: _READY in output.read_text() or process.poll() is not None,
            seconds=_UP_WITHIN_SECONDS,
        )
        if process.poll() is not None:
            raise ChaosError(f"the sandbox did not start:\n{output.read_text()}")
        wait_until(lambda: "endpoints" in (self._file.read() or {}))

    def last_lines(self) -> str:
        """Return the end of what the sandbox has printed."""
        return "\n".join((self.folder / "output-0").read_text().splitlines()[-_SHOWN_LINES:])

    def start_update(self, changes: Changes) -> subprocess.Popen[str]:
        """Start an update in place to the deployment with `changes`."""
        folder = self.folder / "changed"
        shutil.copytree(self.folder / "synthesized", folder, dirs_exist_ok=True)
        write_changed(read_stack(self.folder / "synthesized", DEPLOYMENT), changes, folder)
        return self._start(self._command(folder), self.folder / "project", self._environment())

    def update(self, changes: Changes) -> tuple[int, str]:
        """Update in place to the deployment with `changes`; return the exit status and the output."""
        return _ended(self.start_update(changes))

    def operate(self, *words: str) -> tuple[int, str]:
        """Run a command of `colonnade` for deployed services; return the exit status and the output."""
        facts = self.facts()
        aws = {
            "AWS_ENDPOINT_URL": facts["aws_endpoint_url"],
            "AWS_REGION": facts["region"],
            "AWS_DEFAULT_REGION": facts["region"],
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "NO_PROXY": "127.0.0.1",
        }
        return _ended(self._start([sys.executable, "-m", "colonnade", *words], _ROOT, self._environment() | aws))

    def close(self) -> None:
        """End every process of the sandbox."""
        for process in self._processes:
            for number, seconds in ((signal.SIGINT, 2.0), (signal.SIGINT, 20.0), (signal.SIGKILL, 60.0)):
                process.send_signal(number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(seconds)
        for process_id in running_below(self.folder):
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)

    def _command(self, synthesized: Path) -> list[str]:
        return [sys.executable, "-m", "colonnade_sandbox", "up", DEPLOYMENT, "--synthesized", str(synthesized)]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("AWS_")}
        return {**kept, "TMPDIR": str(self.temporary), "PYTHONPATH": str(_ROOT)}

    def _start(self, command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )


@contextmanager
def started(*, size: Size) -> Iterator[Started]:
    """Synthesize and start the sandbox, yield it when every service is healthy, and end it with all of its files."""
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as name:
        sandbox = Started(Path(name).resolve(), size=size)
        sandbox.temporary.mkdir()
        _make_project(sandbox.folder / "project")
        _synthesize(sandbox.folder / "synthesized")
        try:
            sandbox.wait_until_up(*sandbox.up())
            yield sandbox
        finally:
            sandbox.close()


def _make_project(root: Path) -> None:
    """Make a project whose service3 is the program of `app`; the other apps are those of the checkout."""
    apps = root / "service_apps"
    apps.mkdir(parents=True)
    (root / "cdktf.json").write_text("{}", encoding="utf-8")
    for path in (_ROOT / "service_apps").iterdir():
        if path.name != "images.toml":
            (apps / path.name).symlink_to(path)
    commands = {name: ["python", "-m", f"service_apps.{name}"] for name in ("service1", "service2")}
    commands["service3"] = ["python", str(_APP)]
    tables = [f"[{name}]\ncommand = {command}\n" for name, command in commands.items()]
    (apps / "images.toml").write_text("\n".join(tables), encoding="utf-8")


def _synthesize(folder: Path) -> None:
    command = [sys.executable, "-m", "colonnade", "synth", "-e", "sandbox"]
    made = subprocess.run(
        command,
        cwd=_ROOT,
        env={**os.environ, "CDKTF_OUTDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise ChaosError(f"the synthesis failed:\n{made.stdout}{made.stderr}")


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate()
    return process.returncode, output
