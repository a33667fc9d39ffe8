"""The programs that build and push images, and their command lines: docker with buildx, podman, buildah."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.model.errors import ConfigurationError, Problem

NAMES = ("docker", "podman", "buildah")
"""The programs, in the order in which they are tried."""

_PROBE_SECONDS = 30
_PROBES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # A docker client cannot build without an engine. This command fails without one.
    "docker": (("docker", "buildx", "version"), ("docker", "version", "--format", "{{.Server.Version}}")),
    "podman": (("podman", "version"),),
    "buildah": (("buildah", "version"),),
}
_BUILD: Mapping[str, tuple[str, ...]] = {
    # With provenance, the tag would refer to an index, which lists the image and an attestation, instead of the image.
    "docker": ("docker", "buildx", "build", "--progress=plain", "--provenance=false"),
    "podman": ("podman", "build", "--layers"),
    "buildah": ("buildah", "build", "--layers"),
}
_INSPECT: Mapping[str, tuple[str, ...]] = {
    "docker": ("docker", "image", "inspect", "--format", "{{.Architecture}}"),
    "podman": ("podman", "image", "inspect", "--format", "{{.Architecture}}"),
    "buildah": ("buildah", "inspect", "--type", "image", "--format", "{{.OCIv1.Architecture}}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program that builds and pushes images."""

    name: str

    def build(
        self, *, platform: str, file: str, options: Sequence[str], tag: str | None, context: str = "."
    ) -> tuple[str, ...]:
        """Return the command that builds the folder `context`; without a tag it only fills the layer cache."""
        named = ("--tag", tag) if tag is not None else ()
        # buildx may build outside of docker's engine; --load copies the image into the engine.
        load = ("--load",) if self.name == "docker" and tag is not None else ()
        return (*_BUILD[self.name], *load, "--platform", platform, "--file", file, *options, *named, context)

    def architecture(self, image: str) -> tuple[str, ...]:
        """Return the command that prints the architecture of a local image. It fails if there is no such image."""
        return (*_INSPECT[self.name], image)

    def push(self, image: str, target: str, *, plain_http: bool, auth_file: Path | None) -> tuple[tuple[str, ...], ...]:
        """Return the commands that push a local image to `target`, `host/path:tag`, in order."""
        if self.name == "docker":
            # docker uses plain HTTP for registries on loopback, and the credentials of `push_environment`.
            return (("docker", "tag", image, target), ("docker", "push", target))
        auth = ("--authfile", str(auth_file)) if auth_file is not None else ()
        plain = ("--tls-verify=false",) if plain_http else ()
        return ((self.name, "push", *auth, *plain, image, f"docker://{target}"),)

    def push_environment(self, auth_file: Path | None) -> dict[str, str]:
        """Return the variables that make docker read its credentials from `auth_file`, a `config.json`."""
        if self.name != "docker" or auth_file is None:
            return {}
        # DOCKER_CONFIG also replaces the user's choice of an engine, so DOCKER_HOST restores it.
        host = _output("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
        return {"DOCKER_CONFIG": str(auth_file.parent), "DOCKER_HOST": host}


def find_tool(requested: str | None = None) -> Tool:
    """Return the requested tool, by default the first that works; raises ConfigurationError with a reason for each."""
    reasons = {}
    for name in NAMES if requested is None else (requested,):
        reason = _fault(name)
        if reason is None:
            return Tool(name=name)
        reasons[name] = reason
    listing = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    fix = "install one of docker with its engine and buildx, podman, buildah (Debian: apt-get install buildah)"
    raise ConfigurationError([Problem(subject="images", message=f"no tool can build images: {listing}", fix=fix)])


def _fault(name: str) -> str | None:
    """Return the reason why a tool cannot be used; None if it can."""
    if shutil.which(name) is None:
        return "not on PATH"
    for probe in _PROBES[name]:
        try:
            ended = subprocess.run(probe, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"`{' '.join(probe)}` does not answer within {_PROBE_SECONDS} s"
        if ended.returncode != 0:
            errors = ended.stderr.strip().splitlines()
            return errors[0] if errors else f"`{' '.join(probe)}` ends with {ended.returncode}"
    return None


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True).stdout.strip()
