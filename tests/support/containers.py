"""Runs an image that buildah has as a task of a service: file system read-only, its own user, the container contract.

`buildah run` cannot make the root file system read-only, so the image's file system is mounted, and `contained`
starts in it what the image's configuration says. What it cannot show: cgroup limits and seccomp.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_LAUNCHER = Path(__file__).parent / "contained.py"
_NAMESPACES = ("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child")
_START_SECONDS = 60.0
_ASK = """
import sys, urllib.request
answer = urllib.request.urlopen(sys.argv[1], timeout=20)
sys.stdout.write(answer.read().decode())
"""


class Container:
    """One running image; leaving its `with` block ends it and takes its file system away."""

    def __init__(self, image: str, *, variables: Mapping[str, str], store: Mapping[str, str], folder: Path) -> None:
        """`variables`: the task's environment; `store`: what lets buildah find the image; `folder`: for its files."""
        self._image = image
        self._store = {**os.environ, **store}
        self._port = int(variables["PORT"])
        self._variables = variables
        self._pid_file, self._log = folder / "pid", folder / "log"
        folder.mkdir(parents=True)

    def __enter__(self) -> Self:
        self._name = self._buildah("from", self._image)
        self.root = Path(self._buildah("mount", self._name))
        config: dict[str, Any] = json.loads(self._buildah("inspect", "--type", "image", self._image))["OCIv1"]["config"]
        self.user: str = config["User"]
        wish = {
            "root": str(self.root),
            "pid_file": str(self._pid_file),
            "user": self.user,
            "folder": config["WorkingDir"],
            "variables": {**dict(line.split("=", 1) for line in config["Env"]), **self._variables},
            "command": config["Cmd"],
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*_NAMESPACES, sys.executable, "-I", str(_LAUNCHER), json.dumps(wish)],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_healthy()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._buildah("umount", self._name)
        self._buildah("rm", self._name)

    @property
    def pid(self) -> int:
        """Of what the image started, as this machine sees it; within its namespace it is 1."""
        return int(self._pid_file.read_text())

    def get(self, path: str) -> str:
        """The body of a 200, asked on the container's own loopback; CalledProcessError otherwise."""
        url = f"http://127.0.0.1:{self._port}{path}"
        return subprocess.run(
            ["nsenter", "--target", str(self.pid), "--net", sys.executable, "-I", "-c", _ASK, url],  # noqa: S607
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def stop(self, seconds: float) -> tuple[int, float]:
        """SIGTERM: the exit code, and after how many seconds it came. TimeoutExpired where it takes longer."""
        began = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        return self._process.wait(seconds), time.monotonic() - began

    def log_text(self) -> str:
        return self._log.read_text()

    def _wait_until_healthy(self) -> None:
        ends_at = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.get("/health")
            except (FileNotFoundError, ValueError, subprocess.CalledProcessError):
                if self._process.poll() is not None or time.monotonic() > ends_at:
                    log = self.log_text()
                    self.__exit__(None, None, None)
                    raise AssertionError(f"{self._image} did not start: {log}") from None
                time.sleep(0.1)
            else:
                return

    def _buildah(self, *arguments: str) -> str:
        return subprocess.run(
            ["buildah", *arguments],  # noqa: S607
            env=self._store,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
