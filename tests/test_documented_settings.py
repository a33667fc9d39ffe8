"""The declarations and the tables in the documents: each is accepted as it is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import colonnade
from colonnade.model.environment.document import parse
from colonnade.model.environment.tables import NetworkSettings
from tests.support.specs import deployment, environment, problems_of, service
from tests.support.toml_documents import document

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


CODE = [block for page in (ROOT / "README.md", *sorted(DOCS.rglob("*.md"))) for block in _blocks(page, "python")]
SERVICES = [block for block in CODE if block.startswith(("Service(", "services = "))]
DEPLOYMENTS = [block for block in CODE if "DEPLOYMENT = " in block]
TABLES = [
    *_blocks(DOCS / "existing.md", "toml"),
    *(block for block in _blocks(DOCS / "add-a-service.md", "toml") if block.startswith("[deployments.")),
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


def test_every_documented_declaration_is_tested() -> None:
    others = [block for block in CODE if block not in (*SERVICES, *DEPLOYMENTS)]
    assert all("from colonnade.modules." in block for block in others)


@pytest.mark.parametrize("code", SERVICES, ids=lambda code: re.sub(r"\W+", " ", code)[:40])
def test_a_documented_service_is_accepted(code: str) -> None:
    services = _declared(code)
    images = dict.fromkeys((*(each.image for each in services), "metrics"), "1.0.0")
    assert problems_of(deployment(*services), environment(images=images)) == []


@pytest.mark.parametrize("code", DEPLOYMENTS, ids=lambda code: re.sub(r"\W+", " ", code)[-40:])
def test_a_documented_deployment_is_accepted(code: str) -> None:
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the code is a page of this project
    declared: colonnade.Deployment = names["DEPLOYMENT"]
    images = dict.fromkeys((each.image for each in declared.services), "1.0.0")
    network = NetworkSettings(vpc_cidrs={declared.name: "10.0.0.0/16"}, nat="single")
    assert problems_of(declared, environment(images=images, network=network)) == []


@pytest.mark.parametrize("code", TABLES, ids=lambda code: code.split("\n")[0])
def test_a_documented_table_of_an_environment_is_accepted(code: str) -> None:
    parse("colonnade", "dev", _merged({**document(), **ACCOUNT}, tomllib.loads(code)))


def _merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base with the tables and values of another document, table by table."""
    tables = {key: _merged(base.get(key, {}), value) for key, value in more.items() if isinstance(value, Mapping)}
    return {**base, **more, **tables}
