"""The project's folder, and the files in it that the sandbox reads in addition to the synthesized JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SECRETS_FILE = "sandbox_secrets.toml"
EXAMPLE_SECRETS_FILE = "sandbox_secrets.example.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The folder with `cdktf.json`."""

    root: Path

    @property
    def synthesized(self) -> Path:
        """The default output folder of synthesis."""
        return self.root / "cdktf.out"

    @property
    def scratch(self) -> Path:
        """The folder of the files that the sandbox keeps between commands. It is not part of the repository."""
        return self.root / ".sandbox"

    @property
    def image_catalog(self) -> Path:
        """The file that maps each image of the service apps to its command."""
        return self.root / "service_apps" / "images.toml"

    @property
    def secrets(self) -> Path:
        """The file of the secrets that exist in every sandbox: the user's own, or else the committed example."""
        own = self.root / SECRETS_FILE
        return own if own.is_file() else self.root / EXAMPLE_SECRETS_FILE

    def outside(self, deployment: str) -> Path:
        """Return the path of the programs that run beside the deployment's sandbox. The file need not exist."""
        return self.root / "deployments" / f"{deployment}.outside.toml"

    def requests(self, deployment: str) -> Path:
        """Return the path of the deployment's demo requests. The file need not exist."""
        return self.root / "deployments" / f"{deployment}.requests.toml"
