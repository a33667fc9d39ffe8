"""A page of the manual that a person types: files to write, changes to make, commands to run, and their output.

`python -m tests.support.page docs/first-steps.md` types a page in a copy of the project and writes the outputs into it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_PATH = re.compile(r"`([\w./-]+/[\w./-]+)`")
_STARTED = "Running until Ctrl-C"
_LONG_SECONDS = 300.0
_VARYING = (
    (re.compile(r"\b\d+(\.\d+)? s\b"), "N s"),
    (re.compile(r":\d{4,5}\b"), ":PORT"),
    (re.compile(r"process \d+"), "process N"),
    (re.compile(r"/[\w/.-]+/colonnade-[\w/.-]+"), "FILE"),
    (re.compile(r"\b[0-9a-f]{7,40}\b"), "HEX"),
    (re.compile(r"\b127\.\d+\.\d+\.\d+"), "ADDRESS"),
    (re.compile(r"-\d{20,}"), "-N"),
    (re.compile(r"^  (waiting: .*|.*, N s(: .*)?)\n", re.MULTILINE), ""),
)
"""The parts that differ from run to run: times, ports, process ids, folders, hashes, addresses, waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a page, where its text begins and ends, and the line before the block."""

    lead: str
    kind: str
    text: str
    start: int
    end: int

    @property
    def paths(self) -> list[str]:
        """The files that the line before the block names."""
        return _PATH.findall(self.lead)

    @property
    def commands(self) -> list[str]:
        """The commands of a `console` block."""
        return [line.removeprefix("$ ") for line in self.text.splitlines() if line.startswith("$ ")]


def blocks(page: str) -> Iterator[Block]:
    """Yield the blocks of a page in order."""
    for found in _BLOCK.finditer(page):
        lead = page[: found.start()].strip().rpartition("\n")[2]
        yield Block(lead=lead, kind=found["kind"], text=found["text"], start=found.start("text"), end=found.end("text"))


def comparable(output: str) -> str:
    """Return output without what differs from run to run."""
    for pattern, replacement in _VARYING:
        output = pattern.sub(replacement, output)
    return output


def without_waits(output: str) -> str:
    """Return output without heartbeats, except the first about a load balancer."""
    lines = output.splitlines(keepends=True)
    waits = [line for line in lines if line.startswith("  waiting: ") and "load balancer)" in line][:1]
    return "".join(line for line in lines if line in waits or not line.startswith("  waiting: "))


class Typist:
    """Types a page in a copy of the project that is under version control, `root`. A context manager.

    The lines of a `text` block are those that the deployment which the page has started prints.
    """

    def __init__(self) -> None:
        self._ending = ExitStack()
        self.started: Path | None = None
        """The output of the deployment that was started."""

    def __enter__(self) -> Typist:
        self.root = Path(self._ending.enter_context(tempfile.TemporaryDirectory(prefix="colonnade-page-")))
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
        for name in listed.stdout.splitlines():
            if (ROOT / name).exists():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.root / name, follow_symlinks=False)
        (self.root / ".venv").symlink_to(Path(sys.prefix))
        for command in ("git init -q -b main", "git add -A", 'git commit -qm "Begin"'):
            self._run(command)
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.close()

    def type(self, block: Block) -> str:
        """Write the file, make the change or run the commands of a block; return the block's text with the commands'
        output."""
        if block.kind == "text":
            self._wait_for(block.text)
            return block.text
        if block.kind == "console":
            return "".join(f"$ {command}\n{self._run(command)}" for command in block.commands)
        if block.kind == "diff":
            for path in block.paths:
                self._change(self.root / path, block.text)
        elif "Create `" in block.lead or "Append to `" in block.lead:
            path = block.paths[-1] if "Append" in block.lead else block.paths[0]
            mode = "a" if "Append" in block.lead else "w"
            with (self.root / path).open(mode) as file:
                file.write(block.text)
        return block.text

    def _change(self, path: Path, diff: str) -> None:
        lines = diff.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        text = path.read_text()
        if text.count(old) != 1:
            raise AssertionError(f"{path.name} contains {old!r} {text.count(old)} times")
        path.write_text(text.replace(old, new))

    def _wait_for(self, text: str) -> None:
        """Wait until the deployment that was started has printed every line of `text`."""
        assert self.started is not None
        deadline = time.monotonic() + _LONG_SECONDS
        while missing := {*comparable(text).splitlines()} - {*comparable(self.started.read_text()).splitlines()}:
            if time.monotonic() > deadline:
                raise AssertionError(f"not printed: {missing}\n{self.started.read_text()}")
            time.sleep(0.5)

    def _run(self, command: str) -> str:
        started = command.startswith("colonnade sandbox up") and self.started is None
        output = self.root.parent / f"{self.root.name}-output" if started else None
        if output is None:
            ended = subprocess.run(
                ["/bin/bash", "-c", command],
                cwd=self.root,
                env=self._environment(),
                text=True,
                check=False,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            return without_waits(ended.stdout)
        self._ending.callback(output.unlink)
        process = subprocess.Popen(
            command.split(), cwd=self.root, env=self._environment(), stdout=output.open("w"), stderr=subprocess.STDOUT
        )
        self._ending.callback(_end, process)
        self.started = output
        deadline = time.monotonic() + _LONG_SECONDS
        while _STARTED not in output.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(output.read_text())
            time.sleep(0.5)
        return without_waits(output.read_text())

    def _environment(self) -> dict[str, str]:
        author = {f"GIT_{who}_{what}": "a@b.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}"
        return {**os.environ, **author, "PATH": path, "PYTHONPATH": str(self.root)}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait(_LONG_SECONDS)


def typed(page: str) -> str:
    """Return the page with the outputs that its commands have now."""
    pieces, done = [], 0
    with Typist() as typist:
        for block in blocks(page):
            pieces += [page[done : block.start], typist.type(block)]
            done = block.end
    return "".join([*pieces, page[done:]])


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(typed(path.read_text()))
