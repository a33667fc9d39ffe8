"""Tests of the loading of CDKTF: unused modules are not loaded, and the synthesized bytes do not change."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

from colonnade.modules import provider
from tests.support.synth import STACK_NAMES, synthesized

pytestmark = pytest.mark.synth

ROOT = Path(__file__).parents[2]
PRELOAD = ROOT / "modules" / "lazy_bindings.cjs"


def _run(*command: str, cwd: Path = ROOT, **environment: str) -> str:
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, check=True, capture_output=True, text=True
    ).stdout


def test_a_synthesis_imports_the_resources_that_it_uses_and_few_others() -> None:
    synthesized()
    # jsii adds a `_private` twin of each module.
    loaded = [name for name in sys.modules if re.fullmatch(r"cdktf_cdktf_provider_aws\.\w+", name)]
    assert "cdktf_cdktf_provider_aws.ecs_service" in loaded
    assert len(loaded) < 60


def test_an_unknown_resource_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_resource"):
        provider.aws.no_such_resource  # noqa: B018 - the look-up is what is tested


def test_settings_for_node_apply_only_to_jsii() -> None:
    script = "import os, colonnade.modules.provider; print(os.environ.get('JSII_NODE'), os.environ['NODE_OPTIONS'])"
    assert _run(sys.executable, "-c", script, NODE_OPTIONS="--no-warnings").split() == ["None", "--no-warnings"]


def _package(folder: Path, *submodules: str) -> str:
    """Write a package whose `__init__` shows that it was executed; return the package's name."""
    name = f"bindings_{folder.name.replace('-', '_')}"
    package = folder / name
    package.mkdir()
    (package / "__init__.py").write_text("EXECUTED = True\n")
    for submodule in submodules:
        (package / submodule).mkdir()
        (package / submodule / "__init__.py").write_text(f"NAME = {submodule!r}\n")
    return name


def _load(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str) -> ModuleType:
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(provider, "_BINDINGS", name)
    return provider._bindings()


def test_bindings_with_the_expected_layout_are_not_executed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = _load(monkeypatch, tmp_path, _package(tmp_path, "_jsii", "provider", "lb"))
    assert not hasattr(package, "EXECUTED")
    assert package.lb.NAME == "lb"


def test_bindings_with_another_layout_are_imported_as_usual(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = _load(monkeypatch, tmp_path, _package(tmp_path, "resources"))
    assert package.EXECUTED


def test_bindings_that_are_already_imported_are_used_unchanged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = _package(tmp_path, "_jsii", "provider")
    plain = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, plain)
    assert _load(monkeypatch, tmp_path, name) is plain


def test_the_preload_makes_only_the_requires_of_one_file_lazy(tmp_path: Path) -> None:
    library = tmp_path / "node_modules" / "@cdktf" / "provider-aws" / "lib"
    (library / "lb").mkdir(parents=True)
    (library / "index.js").write_text('exports.lb = void 0;\nexports.lb = require("./lb");\nexports.other = "kept";\n')
    (library / "lb" / "index.js").write_text('console.log("required"); exports.name = "lb";\n')
    script = (
        'const aws = require("@cdktf/provider-aws/lib/index.js");'
        "console.log(Object.keys(aws).join(), aws.other); console.log(aws.lb.name);"
    )
    node = provider.packaged_node()
    assert node is not None
    plain = _run(str(node), "-e", script, cwd=tmp_path)
    lazy = _run(str(node), "--require", str(PRELOAD), "-e", script, cwd=tmp_path)
    assert plain.splitlines() == ["required", "lb,other kept", "lb"]
    assert lazy.splitlines() == ["lb,other kept", "required", "lb"]


def test_the_preload_requires_the_archiver_on_the_first_call(tmp_path: Path) -> None:
    library, archiver = tmp_path / "node_modules/cdktf/lib/private", tmp_path / "node_modules/archiver"
    library.mkdir(parents=True)
    archiver.mkdir(parents=True)
    (archiver / "index.js").write_text('console.log("required"); module.exports = (...given) => given.join();\n')
    (library / "fs.js").write_text('const archiver = require("archiver");\nexports.zip = () => archiver("zip", 9);\n')
    node = provider.packaged_node()
    assert node is not None
    script = 'const fs = require("cdktf/lib/private/fs.js"); console.log("loaded"); console.log(fs.zip());'
    assert _run(str(node), "-e", script, cwd=tmp_path).splitlines() == ["required", "loaded", "zip,9"]
    lazy = _run(str(node), "--require", str(PRELOAD), "-e", script, cwd=tmp_path)
    assert lazy.splitlines() == ["loaded", "required", "zip,9"]


def test_every_file_that_the_preload_changes_still_has_the_line(tmp_path: Path) -> None:
    """Fail if a line has changed: the preload then silently skips it, and synthesis is slower."""
    (archive,) = (Path(provider.cdktf.__file__).parent / "_jsii").glob("cdktf@*.tgz")
    node = provider.packaged_node()
    assert node is not None
    files = ("private/fs.js", "tokens/private/stack-trace.js", "terraform-data-resource.js")
    with tarfile.open(archive) as package:
        for file in files:
            target = tmp_path / "node_modules/cdktf/lib" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            source = package.extractfile(f"package/lib/{file}")
            assert source is not None
            target.write_bytes(source.read())
    changed = (
        tmp_path / "changed.cjs"
    )  # is loaded before the preload, so it receives each file as the preload has changed it
    changed.write_text(
        "const Module = require('node:module'); const fs = require('node:fs');"
        "const compile = Module.prototype._compile;"
        "Module.prototype._compile = function (content, name, ...rest) {"
        "  if (!name.includes('node_modules')) return compile.call(this, content, name, ...rest);"
        "  console.log(content !== fs.readFileSync(name, 'utf8'));"
        "};"
    )
    script = ";".join(f"require('cdktf/lib/{file}')" for file in files)
    preloads = ["--require", str(changed), "--require", str(PRELOAD)]
    assert _run(str(node), *preloads, "-e", script, cwd=tmp_path).split() == ["true"] * len(files)


def _imported_packages(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in names}


def test_only_the_provider_module_imports_cdktf_and_the_bindings() -> None:
    folders = (ROOT / "modules", ROOT / "colonnade" / "stacks")
    files = [ROOT / "main.py", *(path for folder in folders for path in folder.glob("*.py"))]
    files.remove(ROOT / "modules" / "provider.py")
    direct = {"cdktf", "constructs", "jsii", "cdktf_cdktf_provider_aws"}
    assert len(files) > 20
    assert [path.name for path in files if _imported_packages(path) & direct] == []


def test_a_synthesis_needs_no_terraform(tmp_path: Path) -> None:
    (tmp_path / "no_commands").mkdir()
    _run(sys.executable, "main.py", CDKTF_OUTDIR=str(tmp_path / "out"), PATH=str(tmp_path / "no_commands"))


@pytest.mark.slow
def test_the_synthesized_bytes_are_the_same_as_without_lazy_loading(tmp_path: Path) -> None:
    # The bindings and their Node process are loaded as usual before `provider` is imported.
    plain_load = "import cdktf_cdktf_provider_aws, main; raise SystemExit(main.main())"
    plain, lazy = tmp_path / "plain", tmp_path / "lazy"
    _run(sys.executable, "-c", plain_load, CDKTF_OUTDIR=str(plain))
    _run(sys.executable, "main.py", CDKTF_OUTDIR=str(lazy))
    assert _contents(plain) == _contents(lazy)
    assert len(_contents(lazy)) == len(STACK_NAMES) + 2  # manifest.json and warnings.json


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.json")}


def test_editors_see_imports_of_the_real_packages() -> None:
    tree = ast.parse((ROOT / "modules" / "provider.py").read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imported = {ast.unparse(statement) for block in blocks for statement in block.body}
    assert imported == {"import cdktf", "import cdktf_cdktf_provider_aws as aws", "import constructs"}
