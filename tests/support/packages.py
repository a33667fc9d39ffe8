"""The project's package, built from this checkout and installed into a virtual environment outside of it.

checkout -> source distribution and wheel -> virtual environment whose dependencies are those of the running one
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The files of a build."""

    wheel: Path
    sdist: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A virtual environment with the wheel in it."""

    folder: Path

    @property
    def packages(self) -> Path:
        """The folder of its own packages."""
        return Path(sysconfig.get_path("purelib", "venv", vars={"base": str(self.folder)}))

    def run(self, command: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run one of its commands outside of the checkout, without this process's Python settings."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        for name in ("VIRTUAL_ENV", "ENVIRONMENT", "MIGRATION_PHASE", "CDKTF_OUTDIR"):
            variables.pop(name, None)
        return _run([str(self.folder / "bin" / command), *arguments], cwd=cwd, variables=variables)


def build(folder: Path, *, source: Path = ROOT) -> Built:
    """Build the source distribution and the wheel of `source` into `folder`."""
    done = _run([sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=source)
    assert done.returncode == 0, done.stderr
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel=wheel, sdist=sdist)


def install(wheel: Path, folder: Path) -> Installed:
    """Create a virtual environment in `folder` and install the wheel, without a network.

    Dependencies are the packages in the folder of the running environment. Its .pth files have no effect, so the
    editable installation of this checkout is not visible.
    """
    made = _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], cwd=ROOT)
    assert made.returncode == 0, made.stderr
    installed = Installed(folder=folder)
    (installed.packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    done = _run([*pip, "--no-deps", "--no-index", "--force-reinstall", "--no-compile", str(wheel)], cwd=folder)
    assert done.returncode == 0, done.stderr
    return installed


def _run(
    arguments: list[str], *, cwd: Path, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, cwd=cwd, env=variables, capture_output=True, text=True, check=False, timeout=_SECONDS
    )
