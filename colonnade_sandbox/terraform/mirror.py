"""A search for a provider mirror on this machine -> a Terraform CLI configuration that uses the mirror.

The folders that Terraform itself searches come first, then the folders in /opt and similar places. A mirror is a folder
that holds `registry.terraform.io/NAMESPACE/NAME/VERSION/...`:
https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_REGISTRY = "registry.terraform.io"
_ADD_ON_ROOTS = ("/opt", "/usr/local", "/usr/local/lib", "/usr/local/share", "/usr/share", "/usr/lib", "/srv")


def implied_mirrors(environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the folders that Terraform searches by default on Linux and macOS, in its order."""
    data_home = environment.get("XDG_DATA_HOME") or str(home / ".local/share")
    data_dirs = environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return (
        Path("terraform.d/plugins"),
        home / ".terraform.d/plugins",
        home / "Library/Application Support/io.terraform/plugins",
        Path("/Library/Application Support/io.terraform/plugins"),
        Path(data_home) / "terraform/plugins",
        *(Path(each) / "terraform/plugins" for each in data_dirs.split(":")),
    )


def below_add_on_roots(roots: Iterable[Path] = tuple(map(Path, _ADD_ON_ROOTS))) -> Iterator[Path]:
    """Yield the folders one level below each root, sorted by name. Skip roots that cannot be read."""
    for root in roots:
        try:
            yield from sorted(each for each in root.iterdir() if each.is_dir())
        except OSError:
            continue


def find_mirror(candidates: Iterable[Path], source: str = "hashicorp/aws") -> Path | None:
    """Return the first candidate that holds the provider `source`, or None."""
    for candidate in candidates:
        try:
            if any((candidate / _REGISTRY / source).iterdir()):
                return candidate.resolve()
        except OSError:
            continue
    return None


def cli_configuration(mirror: Path) -> str:
    """Return a Terraform CLI configuration: the mirror for its providers, the registry for all others.

    Both methods list their providers, because Terraform queries every method that may have a provider, and fails if
    one is unreachable.
    """
    held = sorted(f"{_REGISTRY}/{each.parent.name}/{each.name}" for each in (mirror / _REGISTRY).glob("*/*"))
    providers = json.dumps(held)
    return (
        "provider_installation {\n"
        f"  filesystem_mirror {{\n    path    = {json.dumps(str(mirror))}\n    include = {providers}\n  }}\n"
        f"  direct {{\n    exclude = {providers}\n  }}\n"
        "}\n"
    )
