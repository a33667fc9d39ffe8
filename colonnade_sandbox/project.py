"""The project's folder, and the few of its files that the sandbox reads beside the synthesized JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The folder with `cdktf.json`."""

    root: Path

    @property
    def synthesized(self) -> Path:
        """Where synthesis writes unless told otherwise."""
        return self.root / "cdktf.out"

    @property
    def scratch(self) -> Path:
        """The folder of what the sandbox keeps between commands; not part of the repository."""
        return self.root / ".sandbox"

    @property
    def image_catalog(self) -> Path:
        """The file that says which command each image of the service apps runs."""
        return self.root / "service_apps" / "images.toml"

    def requests(self, deployment: str) -> Path:
        """Return the file of a deployment's demo requests, which need not exist."""
        return self.root / "deployments" / f"{deployment}.requests.toml"
