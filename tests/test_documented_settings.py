"""The examples of the pages about services and about what exists: each is accepted as it is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import colonnade
from colonnade.model.environment.document import parse
from tests.support.specs import deployment, environment, problems_of, service
from tests.support.toml_documents import document

DOCS = Path(__file__).parent.parent / "docs"


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


SERVICES = [*_blocks("configure-a-service.md", "python"), *_blocks("add-a-service.md", "python")]
TABLES = [
    *_blocks("existing.md", "toml"),
    *(block for block in _blocks("add-a-service.md", "toml") if block.startswith("[deployments.")),
]
ACCOUNT = {"account_id": "444455556666"}
"""The account in the ARNs of the pages."""


def _declared(code: str) -> tuple[Any, ...]:
    """Return the services that the code declares; `...` stands for the fields that are not shown."""

    def declare(*_: Any, **fields: Any) -> Any:
        return service(**fields) if "name" not in fields else colonnade.Service(**fields)

    names = {**{name: getattr(colonnade, name) for name in colonnade.__all__}, "Service": declare}
    if code.startswith("services = "):
        code = code.removeprefix("services = ")
    found = eval(code, names)  # noqa: S307 - the code is a page of this project
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize("code", SERVICES, ids=lambda code: re.sub(r"\W+", " ", code)[:40])
def test_a_documented_service_is_accepted(code: str) -> None:
    services = _declared(code)
    images = dict.fromkeys((*(each.image for each in services), "metrics"), "1.0.0")
    assert problems_of(deployment(*services), environment(images=images)) == []


@pytest.mark.parametrize("code", TABLES, ids=lambda code: code.split("\n")[0])
def test_a_documented_table_of_an_environment_is_accepted(code: str) -> None:
    parse("colonnade", "dev", _merged({**document(), **ACCOUNT}, tomllib.loads(code)))


def _merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base with the tables and values of another document, table by table."""
    tables = {key: _merged(base.get(key, {}), value) for key, value in more.items() if isinstance(value, Mapping)}
    return {**base, **more, **tables}
