"""The package: the files of its distributions, and its use without this checkout.

tests/test_installed_project.py runs the installed commands on a project of its own.
"""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.packages import ROOT, Built, Installed, build, install

pytestmark = pytest.mark.xdist_group("package")
PACKAGES = ("colonnade", "colonnade_sandbox")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("distributions"))


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(built.wheel, tmp_path_factory.mktemp("installed") / "environment")


def _files(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel, without its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_the_files_of_both_packages_and_no_others(built: Built) -> None:
    here = {
        f"{package}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for package in (*PACKAGES, "colonnade/modules")  # the link is not followed by rglob
        for folder in [ROOT / package]
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert _files(built.wheel) == here


@pytest.mark.parametrize("name", ["lazy_bindings.cjs", "prices.toml"])
def test_the_wheel_holds_the_data_files_that_are_read_at_run_time(built: Built, name: str) -> None:
    assert any(Path(file).name == name for file in _files(built.wheel))


def test_the_source_distribution_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    again = build(tmp_path / "again", source=source)
    assert _files(again.wheel) == _files(built.wheel)


def test_the_license_is_in_both_distributions(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel, tarfile.open(built.sdist) as sdist:
        assert [name for name in wheel.namelist() if name.endswith("/licenses/LICENSE")]
        assert [name for name in sdist.getnames() if name.endswith("/LICENSE")]


def test_an_installed_package_is_imported_only_from_its_own_files(installed: Installed, tmp_path: Path) -> None:
    code = (
        "import colonnade, colonnade.modules, colonnade_sandbox\n"
        "from colonnade import Deployment, Service\n"
        "for one in (colonnade, colonnade.modules, colonnade_sandbox): print(one.__file__)"
    )
    done = installed.run("python", "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    own = installed.packages
    assert done.stdout.splitlines() == [
        str(own / name / "__init__.py") for name in ("colonnade", "colonnade/modules", "colonnade_sandbox")
    ]
    assert not (own / "colonnade" / "modules").is_symlink()


def test_other_folders_of_this_checkout_are_not_installed(installed: Installed, tmp_path: Path) -> None:
    names = ("deployments", "environments", "service_apps", "tests", "tools", "modules", "main")
    code = "import importlib.util, sys\nprint([name for name in sys.argv[1:] if importlib.util.find_spec(name)])"
    done = installed.run("python", "-c", code, *names, cwd=tmp_path)
    assert done.stdout == "[]\n", done.stderr
