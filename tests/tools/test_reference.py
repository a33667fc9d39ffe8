"""The reference pages are what `python -m tools.reference` writes, and they leave nothing unexplained."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from typing import Any

import pytest

import colonnade
from colonnade.model.declared_types import field_types, type_faults
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.document import parse
from colonnade.model.environment.service_settings import ServiceSettings
from colonnade.model.environment.settings import Environment
from colonnade.model.environment.tables import TimingSettings
from colonnade.model.migration.phases import MigrationSettings
from colonnade.model.service.container import ContainerHealthCheck, Sidecar
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import HealthCheck
from tests.support.specs import deployment, problems_of, problems_raised, service
from tests.support.toml_documents import changed
from tools import reference
from tools.reference import FieldDoc


@pytest.mark.parametrize("name", reference.pages())
def test_a_page_is_up_to_date(name: str) -> None:
    """If this fails, run `python -m tools.reference`."""
    assert (reference.FOLDER / name).read_text() == reference.pages()[name]


TABLES = {**reference.TABLES, **reference.SUBTABLES}
DOCUMENTED = [*reference.DECLARATIONS, *TABLES.values()]
KEYS = {declaration: reference.keys(table, declaration) for table, declaration in TABLES.items()}
DOCS = [
    (declaration, field, reference.field_docs(declaration)[field.name])
    for declaration in DOCUMENTED
    for field in KEYS.get(declaration) or fields(declaration)
]
NOT_OF_AWS = {
    (Deployment, "name"),
    (Deployment, "accepted_warnings"),
    (Service, "accepted_warnings"),
    (Environment, "accepted_warnings"),
    (MigrationSettings, "phase"),
    (MigrationSettings, "services"),
    (ConnectionSettings, "host"),
    (ConnectionSettings, "variable"),
    (ConnectionSettings, "port_variable"),
    (TimingSettings, "steady_state_timeout_minutes"),
}
"""Fields that are Colonnade's or Terraform's own, so that AWS's documentation has nothing about them."""


def test_every_field_has_a_meaning_and_a_rule_unless_it_is_true_or_false() -> None:
    bare = [(each.__name__, field.name) for each, field, doc in DOCS if not doc.text]
    without_rule = [(each.__name__, field.name) for each, field, doc in DOCS if not doc.rule and field.type != "bool"]
    assert bare == without_rule == []


def is_a_table(doc: FieldDoc) -> bool:
    """Return True for a key whose value is a table with a section of its own."""
    return doc.rule.startswith("a table `[")


def test_every_field_of_aws_has_its_source() -> None:
    without = {(each, field.name) for each, field, doc in DOCS if not doc.aws and not is_a_table(doc)}
    assert without == NOT_OF_AWS
    sources = [doc.aws for _, _, doc in DOCS if doc.aws]
    assert [url for url in sources if not url.startswith("https://docs.aws.amazon.com/")] == []


def test_a_rule_that_is_the_rule_of_another_field_has_its_source() -> None:
    declared = reference.field_docs(Service)["cpu_units"].aws
    assert reference.field_docs(ServiceSettings)["cpu_units"].aws == declared != ""


def examples_on(page: str) -> list[tuple[str, str, str]]:
    """Return section, field and example of each row of a page that is not about a table."""
    found, section, columns = [], "", [""]
    for line in reference.pages()[page].splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if line.startswith("## "):
            section = line.removeprefix("## ").strip("`")
        elif cells[:1] == ["Name"]:
            columns = cells
        elif line.startswith("| `"):
            row = dict(zip(columns, cells, strict=True))
            if not row.get("Rule", "").startswith("a table `["):
                found.append((section, row["Name"].strip("`"), row["Example"].strip("`")))
    return found


@pytest.mark.parametrize(("section", "field", "example"), examples_on("deployment.md"))
def test_an_example_of_a_declaration_has_the_type_of_its_field(section: str, field: str, example: str) -> None:
    value = eval(example, {name: getattr(colonnade, name) for name in colonnade.__all__})  # noqa: S307
    assert list(type_faults(field, field_types(getattr(colonnade, section))[field], value)) == []


@pytest.mark.parametrize(("section", "key", "example"), examples_on("environment.md"))
def test_an_example_of_a_key_is_toml_of_its_type(section: str, key: str, example: str) -> None:
    value = tomllib.loads(f"{key} = {example}")[key]
    annotation = field_types(TABLES.get(section.strip("[]"), Environment))[key]
    if "Settings" not in str(annotation):
        value = tuple(value) if isinstance(value, list) else value
        assert list(type_faults(key, annotation, value)) == []


RANGES = {
    (declaration, field.name): (int(found[1]), int(found[2]))
    for declaration, field, doc in DOCS
    if (found := re.match(r"(\d+) to (\d+)\b", doc.rule)) and field.type.removesuffix(" | None") == "int"
}
NOT_RANGES = {"status_code", "canary_percent"}
"""Refused by other words than a single range, or only with a migration."""


@pytest.mark.parametrize(
    ("declaration", "name"), [key for key in RANGES if key[1] not in NOT_RANGES], ids=lambda each: str(each)
)
def test_a_documented_range_is_the_one_that_is_checked(declaration: type, name: str) -> None:
    least, most = RANGES[declaration, name]
    for value in (least - 1, most + 1):
        problems = "\n".join(problems_with(declaration, name, value))
        assert f"{value} " in problems
        assert f"allowed: {least} to {most}" in problems


def problems_with(declaration: type, name: str, value: int) -> list[str]:
    """Return the problems of a declaration or an environment with one wrong value."""
    wrong: dict[str, Any] = {name: value}
    if declaration is Service:
        return problems_of(deployment(service("orders", **wrong)))
    if declaration is HealthCheck:
        check = HealthCheck(interval_seconds=10, timeout_seconds=5, healthy_threshold=2, unhealthy_threshold=2)
        return problems_of(deployment(service("orders", health_check=replace(check, **wrong))))
    if declaration is Sidecar:
        sidecar = replace(Sidecar(name="metrics", image="metrics"), **wrong)
        return problems_of(deployment(service("orders", sidecars=(sidecar,))))
    if declaration is ContainerHealthCheck:
        inside = replace(ContainerHealthCheck(command=("true",)), **wrong)
        return problems_of(deployment(service("orders", container_health_check=inside)))
    if declaration is ConnectionSettings:
        connection = {"host": "db.example.com", "cidr": "10.9.0.0/16", **wrong}
        tables = {"shop": {"connections": {"orders-db": connection}}}
        return problems_raised(lambda: parse("colonnade", "dev", changed("deployments", tables)))
    table = next(table for table, each in reference.TABLES.items() if each is declaration)
    return problems_raised(lambda: parse("colonnade", "dev", changed(f"{table}.{name}", value)))


def test_units_rules_examples_and_sources_are_columns() -> None:
    page = reference.pages()["environment.md"]
    (line,) = [line for line in page.splitlines() if line.startswith("| `log_retention_days`")]
    assert "| days |" in line
    assert "| Rule |" not in line
    assert "[source](https://docs.aws.amazon.com/AmazonCloudWatchLogs/" in line
    assert "| `365` |" in line


def test_every_command_is_on_the_page_and_no_hidden_one() -> None:
    page = reference.pages()["commands.md"]
    for command in ("check", "apply", "images push", "routes explain", "sandbox demo", "sandbox up"):
        assert page.count(f"\n## colonnade {command}\n") == 1
    assert "plan-change" not in page
