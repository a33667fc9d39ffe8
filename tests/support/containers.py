"""A container that runs an image like a task: read-only file system, the image's user, the container contract.

`buildah run` cannot make the root file system read-only, so the image's file system is mounted, and `contained`
starts the image's command in it. Cgroup limits and seccomp are not covered.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_LAUNCHER = Path(__file__).parent / "contained.py"
_NAMESPACES = ("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child")
_START_SECONDS = 60.0
_GET = """
import sys, urllib.request
answer = urllib.request.urlopen(sys.argv[1], timeout=20)
sys.stdout.write(answer.read().decode())
"""


class Container:
    """One running image; leaving its `with` block stops it and unmounts its file system."""

    def __init__(
        self,
        image: str,
        *,
        variables: Mapping[str, str],
        command: Sequence[str] = (),
        store: Mapping[str, str],
        folder: Path,
    ) -> None:
        """Take the task's `variables`, buildah's settings in `store`, and a `folder` for the container's files.

        `command` replaces the image's own.
        """
        self._command = command
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
        self.volumes = tuple(config.get("Volumes", ()))
        settings = {
            "root": str(self.root),
            "pid_file": str(self._pid_file),
            "user": self.user,
            "folder": config["WorkingDir"],
            "variables": {**dict(line.split("=", 1) for line in config["Env"]), **self._variables},
            "command": [*self._command] if self._command else config["Cmd"],
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*_NAMESPACES, sys.executable, "-I", str(_LAUNCHER), json.dumps(settings)],
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
        """The process id outside of the namespace; inside it is 1."""
        return int(self._pid_file.read_text())

    def get(self, path: str) -> str:
        """Return the body of a 200 from the container's loopback interface; raise CalledProcessError otherwise."""
        url = f"http://127.0.0.1:{self._port}{path}"
        return subprocess.run(
            ["nsenter", "--target", str(self.pid), "--net", sys.executable, "-I", "-c", _GET, url],  # noqa: S607
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def stop(self, seconds: float) -> tuple[int, float]:
        """Send SIGTERM; return the exit code and the seconds until the exit. Raise TimeoutExpired after `seconds`."""
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
