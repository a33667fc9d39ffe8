"""The environment variables of a service, all checked at once.

HOST (0.0.0.0), PORT (the service's own), PATH_PREFIX (empty, for most), SERVICE_URL (only if the service calls
another one), DRAIN_SECONDS (5) and VERSION. A variable that is set but empty counts as set.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import httpx

from service_apps import DEFAULT_VERSION
from service_apps.kit.path_prefix import parse_path_prefix
from service_apps.kit.service import Service

_Value = TypeVar("_Value")

MAXIMUM_DRAIN_SECONDS: Final = 119
"""ECS kills a task at most 120 seconds after SIGTERM (`stopTimeout`).

At least one second remains for the requests in flight.
"""

_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", re.ASCII)
_SERVICE_URL = re.compile(
    r"(?i:https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/[A-Za-z0-9\-._~!$&'()+,;=:@/%]*)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The checked environment of one service process."""

    host: str
    """The address or host name that the server listens on."""
    port: int
    path_prefix: str
    """'' or '/a/b': never a trailing slash."""
    drain_seconds: float
    """The time that requests are still accepted after SIGTERM, while /health returns 503."""
    version: str
    service_url: str | None
    """The URL of the service's peer, without a trailing slash. None: it calls no other service."""


class SettingsError(Exception):
    """Invalid variables; the message has one line for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_settings(environment: Mapping[str, str], service: Service) -> Settings:
    """Check every variable of `service`; raise SettingsError with the name, value and rule of each invalid one."""
    problems: list[str] = []

    def read(name: str, parse: Callable[[str], _Value], default: _Value) -> _Value:
        text = environment.get(name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError as error:
            problems.append(f"{name}={text!r}: {error}")
            return default

    service_url = service.default_service_url
    prefix_end = service.path_prefix_end
    settings = Settings(
        host=read("HOST", _parse_host, "0.0.0.0"),  # noqa: S104 - a container's own interface
        port=read("PORT", _parse_port, service.default_port),
        path_prefix=read("PATH_PREFIX", partial(parse_path_prefix, end=prefix_end), prefix_end),
        drain_seconds=read("DRAIN_SECONDS", _parse_drain_seconds, 5.0),
        version=read("VERSION", _parse_version, DEFAULT_VERSION),
        service_url=None if service_url is None else read("SERVICE_URL", _parse_service_url, service_url),
    )
    if problems:
        raise SettingsError(tuple(problems))
    return settings


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _parse_host(text: str) -> str:
    if _is_address(text) or _HOST_NAME.fullmatch(text):
        return text
    raise ValueError("must be an IPv4 or IPv6 address or a host name")


def _parse_port(text: str) -> int:
    if re.fullmatch("[0-9]{1,5}", text) and 1 <= int(text) <= 65_535:
        return int(text)
    raise ValueError("must be a whole number from 1 to 65535")


def _parse_drain_seconds(text: str) -> float:
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text) and float(text) <= MAXIMUM_DRAIN_SECONDS:
        return float(text)
    raise ValueError(f"must be a number of seconds from 0 to {MAXIMUM_DRAIN_SECONDS}")


def _parse_version(text: str) -> str:
    if re.fullmatch(r"[!-~]{1,64}", text):
        return text
    raise ValueError("must be 1 to 64 visible ASCII characters without a space")


def _parse_service_url(text: str) -> str:
    if _is_service_url(text):
        return text.rstrip("/")
    raise ValueError(
        "must be a URL that starts with http:// or https:// and a host, without credentials, query or fragment"
    )


def _is_service_url(text: str) -> bool:
    parts = _SERVICE_URL.fullmatch(text)
    if parts is None:
        return False
    host, port = parts["host"], parts["port"]
    if port is not None and not 1 <= int(port) <= 65_535:
        return False
    if not (_is_address(host.strip("[]")) if host.startswith("[") else _HOST_NAME.fullmatch(host)):
        return False
    try:
        httpx.URL(text)  # httpx makes the requests and rejects more URLs, for example those with 999.1.1.1
    except httpx.InvalidURL:
        return False
    return True
