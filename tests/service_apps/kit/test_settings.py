"""The environment of a service: defaults, rules, and all problems reported at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_apps.kit.service import Service
from service_apps.kit.settings import Settings, SettingsError, read_settings

CALLER = Service(name="caller", default_port=7000, handlers=(), default_service_url="http://localhost:7001")
LONER = Service(name="loner", default_port=7000, handlers=())

WRONG = {
    "HOST": ["", "two words", "a_b..c", "-x", "http://x", "1.2.3.4:80"],
    "PORT": [
        "",
        "0",
        "65536",
        "-1",
        "+7071",
        " 7071",
        "7071.0",
        "seventy",
        "\u0667\u0660\u0667\u0661",
        "1e3",
        "9" * 5000,
    ],
    "PATH_PREFIX": ["/a*", "/a b", "/../a"],
    "DRAIN_SECONDS": ["", "-1", "119.5", "120", "nan", "inf", "five", "1e2"],
    "VERSION": ["", "two words", "v" * 65, "1.0\n"],
    "SERVICE_URL": [
        "",
        "localhost:7072",
        "ftp://localhost",
        "http://",
        "http:///path",
        "http://a b",
        "http://host:0",
        "http://host:65536",
        "http://user:word@host",
        "http://host/?query",
        "http://host/#fragment",
        "http://999.1.1.1",
        "http://[::1",
        "http://[1.2.3.4]x",
        "http://exämple.com",
        "http://host\n",
        "//host",
    ],
}


@pytest.mark.parametrize("service", [CALLER, LONER], ids=lambda service: service.name)
def test_every_variable_has_a_default(service: Service) -> None:
    assert read_settings({}, service) == Settings(
        host="0.0.0.0",  # noqa: S104 - the default under test
        port=7000,
        path_prefix="",
        drain_seconds=5,
        version="1.0.0",
        service_url=service.default_service_url,
    )


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("HOST", "::1", "host", "::1"),
        ("HOST", "127.0.0.3", "host", "127.0.0.3"),
        ("HOST", "localhost", "host", "localhost"),
        ("PORT", "1", "port", 1),
        ("PORT", "65535", "port", 65535),
        ("PATH_PREFIX", "a/b/", "path_prefix", "/a/b"),
        ("DRAIN_SECONDS", "0", "drain_seconds", 0),
        ("DRAIN_SECONDS", "0.25", "drain_seconds", 0.25),
        ("DRAIN_SECONDS", "119", "drain_seconds", 119),
        ("VERSION", "2.0.0-rc1+7", "version", "2.0.0-rc1+7"),
        ("SERVICE_URL", "http://service2.services:7072", "service_url", "http://service2.services:7072"),
        ("SERVICE_URL", "HTTPS://example.com/base/", "service_url", "HTTPS://example.com/base"),
        ("SERVICE_URL", "http://[::1]:80", "service_url", "http://[::1]:80"),
        ("SERVICE_URL", "http://127.0.0.1", "service_url", "http://127.0.0.1"),
    ],
)
def test_a_valid_value_is_accepted(name: str, value: str, field: str, expected: object) -> None:
    assert getattr(read_settings({name: value}, CALLER), field) == expected


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_an_invalid_value_is_refused_with_its_name_and_value_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({name: value}, CALLER)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{name}={value!r}: must be ")


@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in WRONG.items()}))
def test_all_problems_are_reported_at_once(environment: Any) -> None:
    try:
        read_settings(environment, CALLER)
    except SettingsError as error:
        named = [line.partition("=")[0] for line in str(error).splitlines()]
    else:
        named = []
    assert sorted(named) == sorted(environment)


def test_a_service_that_calls_no_one_does_not_read_service_url() -> None:
    assert read_settings({"SERVICE_URL": "nonsense"}, LONER).service_url is None
