"""Output of `colonnade show`: a deployment's resolved values and the source of each, as text and as JSON.

docs/resolved.md documents the JSON.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.errors import ConfigurationError, Problem, suggestion
from colonnade.model.resolved import Resolved, ResolvedService
from colonnade.model.routing.rule_action import ForwardByWeight, OwnersAction

VERSION = 1
"""The version of the JSON; it increases when a field is renamed, removed or changes its type."""

_KINDS = {
    FixedResponse: "fixed_response",
    ForwardTo: "forward",
    ForwardByWeight: "weighted_forward",
    OwnersAction: "owners_action",
}
_ONLY_JSON = ("containers", "container_definitions")
"""The values of which the text has no more than the name."""
_BLOCKS = ("names", "services", "edges")
_WIDTH = 60


def show_text(resolved: Resolved, service: str | None = None) -> str:
    """Return every value of the deployment, or of one of its services, one per line with its source."""
    if service is not None:
        return "\n".join(_service_block(_service(resolved, service)))
    title = f"{resolved.name} in environment {resolved.environment}"
    values = {name: value for name, value in _values(resolved) if name not in _BLOCKS}
    blocks = [[title, *_lines(values, resolved.sources)]]
    blocks.append(["names", *_lines(dict(_values(resolved.names)), resolved.names.sources)])
    blocks += [_service_block(each) for each in resolved.services]
    calls = [
        f"  {edge.caller} -> {edge.callee} on port {edge.port}  ({edge.sources['port']})" for edge in resolved.edges
    ]
    blocks += [["calls", *calls]] if calls else []
    return "\n\n".join("\n".join(block) for block in blocks)


def show_json(resolved: Resolved, service: str | None = None) -> str:
    """Return the same as JSON: `{"version": 1, "deployment": {...}}`, or `"service"` for one service."""
    if service is not None:
        document = {"version": VERSION, "service": _plain(_service(resolved, service))}
    else:
        document = {"version": VERSION, "deployment": _plain(resolved)}
    return json.dumps(document, indent=2)


def _service(resolved: Resolved, name: str) -> ResolvedService:
    try:
        return resolved.service(name)
    except KeyError:
        names = [each.name for each in resolved.services]
        message = f"deployment {resolved.name!r} has no such service in environment {resolved.environment!r}"
        fix = suggestion(name, names, label="services")
        raise ConfigurationError([Problem(subject=f"service {name!r}", message=message, fix=fix)]) from None


def _service_block(service: ResolvedService) -> list[str]:
    return [f"service {service.name}", *_lines(dict(_values(service)), service.sources)]


def _values(value: Any) -> Iterator[tuple[str, Any]]:
    return ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value) if field.name != "sources")


def _lines(values: Mapping[str, Any], sources: Mapping[str, str]) -> list[str]:
    rows = [row for name, value in values.items() for row in _rows(name, value, sources)]
    names = max((len(name) for name, _, _ in rows), default=0)
    widths = max((len(text) for _, text, _ in rows if len(text) <= _WIDTH), default=0)
    return [f"  {name:{names}}  {text:{widths}}  {source}" for name, text, source in rows]


def _rows(name: str, value: Any, sources: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield one row for a plain value, or one row for each item of a mapping."""
    source = sources[name]
    plain = "(JSON; printed with --json)" if name in _ONLY_JSON and value is not None else _plain(value)
    if isinstance(plain, dict) and plain:
        for key, item in plain.items():
            yield f"{name}.{key}", _text(item), sources.get(f"{name}.{key}", source)
    else:
        yield name, _text(plain), source


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) and value else json.dumps(value)


def _plain(value: Any) -> Any:
    """Return the value as JSON types; a listener action gets its `kind` added."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = {"kind": _KINDS[type(value)]} if type(value) in _KINDS else {}
        return {**kind, **{field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
