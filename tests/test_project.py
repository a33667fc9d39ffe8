"""Rules for the whole repository: forbidden content of commits, and required content of every file."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.ci_scripts import load

ROOT = Path(__file__).parent.parent
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]
PYTHON = [path for path in TRACKED if path.suffix == ".py"]
LOCKS = [path for path in TRACKED if path.name == "Pipfile.lock"]
PACKAGE_LOCKS = [path for path in TRACKED if path.name == "package-lock.json"]
TEXT = [path for path in TRACKED if path.suffix in {"", ".py", ".md", ".toml", ".json", ".lock", ".cjs", ".yml"}]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_dependency_files_name_no_package_index(path: Path) -> None:
    lock = json.loads(path.read_text())
    assert lock["_meta"]["sources"] == []
    assert "[[source]]" not in path.with_suffix("").read_text()
    tool = load(ROOT / "tools" / "lock_names_no_index.py")
    assert tool.render(tool.without_index(lock)) == path.read_text()


@pytest.mark.parametrize("path", PACKAGE_LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_lock_files_of_npm_name_no_registry(path: Path) -> None:
    packages = json.loads(path.read_text())["packages"]
    assert len(packages) > 1
    assert [name for name, pin in packages.items() if "resolved" in pin] == []
    assert [name for name, pin in packages.items() if name and "integrity" not in pin and "inBundle" not in pin] == []


def test_removing_the_index_from_a_lock_changes_nothing_else() -> None:
    tool = load(ROOT / "tools" / "lock_names_no_index.py")
    pin = {"version": "==1", "hashes": ["sha256:a"]}
    lock = {"_meta": {"hash": 1, "sources": [{"url": "u"}]}, "services": {"a": {**pin, "index": "mirror"}}}
    assert tool.without_index(lock) == {"_meta": {"hash": 1, "sources": []}, "services": {"a": pin}}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_pin_in_a_lock_has_a_version_and_hashes(path: Path) -> None:
    categories = {name: pins for name, pins in json.loads(path.read_text()).items() if name != "_meta"}
    wanted = {"default", "services", "develop"} if path.parent == ROOT else {"default"}
    assert {name for name, pins in categories.items() if pins} == wanted
    for pins in categories.values():
        for package, pin in pins.items():
            if package == "colonnade":  # this checkout
                continue
            assert pin["version"].startswith("=="), package
            assert pin["hashes"], package


@pytest.mark.parametrize("arguments", [[], ["tools/none"], ["modules"]])
def test_setting_up_an_unknown_tool_is_refused_with_the_known_ones(arguments: list[str]) -> None:
    script = str(ROOT / "tools" / "set-up-tool")
    refused = subprocess.run([script, *arguments], check=False, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "tools/checkov" in refused.stderr
    assert refused.stdout == ""


# The pattern is written so that it does not match this file.
FORBIDDEN = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|/roo[t]/|/home/[a-z]+/")


@pytest.mark.parametrize("path", TEXT, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_names_a_package_registry_or_a_path_of_one_machine(path: Path) -> None:
    assert FORBIDDEN.search(path.read_text()) is None


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_begins_with_a_docstring(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring is not None
    assert len(docstring) >= 40


def test_every_make_command_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        name for path in documents for name in re.findall(r"(?:`|^)make ([a-z-]+)(?![\w/-])", path.read_text(), re.M)
    }
    assert {"demo", "test", "unit", "lock", "bench", "check"} <= named
    assert named <= targets


def test_the_makefile_has_only_these_targets() -> None:
    tests = {"unit", "test", "check", "lint", "every-test", "all-tests", "scan", "bench", "chaos"}
    chores = {"help", "demo", "up", "synth", "lock"} | tests
    assert set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)) == chores


def test_every_link_between_documents_has_an_existing_target() -> None:
    for path in (path for path in TRACKED if path.suffix == ".md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.relative_to(ROOT)} links to {target}"


def test_a_package_in_two_categories_has_one_version() -> None:
    lock = json.loads((ROOT / "Pipfile.lock").read_text())
    versions: dict[str, set[str]] = {}
    for pins in (lock["default"], lock["services"], lock["develop"]):
        for package, pin in ((name, pin) for name, pin in pins.items() if name != "colonnade"):
            versions.setdefault(package, set()).add(pin["version"])
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


def _imported_by(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return whole | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_main_imports_only_infrastructure() -> None:
    roots = {name.split(".")[0] for name in _imported_by(ROOT / "main.py")}
    assert {"colonnade"} <= roots
    assert roots & {"colonnade_sandbox", "service_apps", "tests", "tools"} == set()
    importers = [path for path in PYTHON if "main" in _imported_by(path)]
    assert {path.relative_to(ROOT).parts[0] for path in importers} <= {"tests", "tools"}
