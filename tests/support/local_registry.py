"""A real registry on loopback, Debian's docker-registry, on a free port until its `with` block ends."""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.service_process import HOST, free_port

_START_SECONDS = 30.0


@contextmanager
def registry(folder: Path, *, password_line: str | None = None) -> Iterator[str]:
    """Yield host and port of a registry with its data in `folder`; a `password_line` of htpasswd requires a login."""
    folder.mkdir(parents=True)
    host = f"{HOST}:{free_port()}"
    settings = [
        "version: 0.1",
        "log: { level: error }",
        f"storage: {{ filesystem: {{ rootdirectory: {folder / 'storage'} }} }}",
        f"http: {{ addr: '{host}' }}",
    ]
    if password_line is not None:
        (folder / "passwords").write_text(f"{password_line}\n")
        settings.append(f"auth: {{ htpasswd: {{ realm: test, path: {folder / 'passwords'} }} }}")
    (folder / "config.yml").write_text("\n".join(settings) + "\n")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(folder / "config.yml")],  # noqa: S607
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        ends_at = time.monotonic() + _START_SECONDS
        while not _answers(host):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < ends_at, "docker-registry did not start"
            time.sleep(0.05)
        yield host
    finally:
        process.terminate()
        process.wait()


def _answers(host: str) -> bool:
    try:
        connection = http.client.HTTPConnection(host, timeout=5)
        connection.request("GET", "/v2/")
        return connection.getresponse().status in {200, 401}
    except OSError:
        return False


def head(host: str, path: str) -> dict[str, str]:
    """Return the headers of a 200, by lower-case name, requested with only the standard library."""
    connection = http.client.HTTPConnection(host, timeout=15)
    types = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
    connection.request("HEAD", path, headers={"Accept": ", ".join(types)})
    response = connection.getresponse()
    assert response.status == 200, (path, response.status)
    return {name.lower(): value for name, value in response.getheaders()}
