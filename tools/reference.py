"""The reference pages in docs/reference, generated from the source: `python -m tools.reference` writes them.

Fields, defaults and docstrings of the declarations -> tables; click's commands -> their `--help`; constructs -> their
docstrings; rules of the review -> a table. A test compares the pages with the source.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from colonnade.model.declared import fields_in_order
from colonnade.model.deployment.declaration import Deployment, FixedResponse, ForwardTo
from colonnade.model.environment import settings, tables
from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.domain import CertificateSettings, ZoneSettings
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.listener import ListenerSettings
from colonnade.model.environment.service_settings import SecretSettings, ServiceSettings
from colonnade.model.migration.phases import Migration, MigrationSettings
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.network.layout import NetworkLayout
from colonnade.model.service.container import Command, ContainerHealthCheck, Sidecar
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import HealthCheck
from colonnade.model.service.permissions import Allow
from colonnade.model.service.secrets import SecretsManagerSecret, SsmParameter
from colonnade.review.analysis.rules import RULES

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "docs" / "reference"
DECLARATIONS: Final = (
    Deployment,
    Service,
    SecretsManagerSecret,
    SsmParameter,
    Allow,
    Command,
    Sidecar,
    ContainerHealthCheck,
    HealthCheck,
    FixedResponse,
    ForwardTo,
    NetworkLayout,
    Migration,
)
TABLES: Final[Mapping[str, type]] = {
    "": settings.Environment,
    "network": tables.NetworkSettings,
    "network.existing": ExistingNetwork,
    "ingress": IngressSettings,
    "zone": ZoneSettings,
    "certificate": CertificateSettings,
    "tasks": tables.TaskSettings,
    "timing": tables.TimingSettings,
    "protection": tables.ProtectionSettings,
    "traffic_logs": tables.TrafficLogSettings,
    "iam": tables.IamSettings,
}
SUBTABLES: Final[Mapping[str, type]] = {
    "migration.NAME": MigrationSettings,
    "deployments.NAME": settings.DeploymentSettings,
    "deployments.NAME.listener": ListenerSettings,
    "deployments.NAME.services.NAME": ServiceSettings,
    "deployments.NAME.connections.NAME": ConnectionSettings,
    "deployments.NAME.services.NAME.secrets.NAME": SecretSettings,
}
"""Tables of which a file has one for each deployment."""
_PARTS: Final = ("Rule", "AWS", "Example")
_SAME_RULE: Final = re.compile(r"as `(?P<declaration>\w+)\.(?P<field>\w+)`")
_UNITS: Final = {
    "_seconds": "seconds",
    "_minutes": "minutes",
    "_days": "days",
    "_percent": "%",
    "_mib": "MiB",
    "_gib": "GiB",
}
"""The unit of a number, by the end of its field's name."""
_NOT_KEYS: Final = {"project", "name", "keys", *TABLES}
_HELP: Final = ["-h", "--help"]
"""As in the program: click keeps a command's help option from the first context that needs it."""
_GENERATED: Final = "<!-- Written by `python -m tools.reference`. Edit the docstrings in the source instead. -->"


def pages() -> dict[str, str]:
    """Return the pages by file name."""
    return {
        "deployment.md": _deployment_page(),
        "environment.md": _environment_page(),
        "commands.md": _commands_page(),
        "modules.md": _modules_page(),
        "review-rules.md": _review_rules_page(),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDoc:
    """The parts of a field's docstring; a part that is not written is empty.

    The text comes first. Each other part begins a line with its name: `Rule:`, `AWS:` (a URL) or `Example:`.
    """

    text: str
    rule: str
    aws: str
    example: str


def field_docs(declaration: type) -> dict[str, FieldDoc]:
    """Return the docstring below each attribute of a class and of its bases, by attribute.

    A field whose rule is that of another one, "as `Service.variables`", has that one's AWS source, too.
    """
    bases = [each for each in reversed(declaration.__mro__[1:]) if is_dataclass(each)]
    inherited = {name: doc for base in bases for name, doc in _own_field_docs(base).items()}
    return {name: _with_source(doc) for name, doc in {**inherited, **_own_field_docs(declaration)}.items()}


def _with_source(doc: FieldDoc) -> FieldDoc:
    other = _SAME_RULE.match(doc.rule)
    if other is None or doc.aws:
        return doc
    declaration = next(each for each in DECLARATIONS if each.__name__ == other["declaration"])
    return replace(doc, aws=field_docs(declaration)[other["field"]].aws)


def _own_field_docs(declaration: type) -> dict[str, FieldDoc]:
    (body,) = (node for node in ast.parse(inspect.getsource(declaration)).body if isinstance(node, ast.ClassDef))
    found: dict[str, FieldDoc] = {}
    last = ""
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.target.id
            found[last] = _field_doc("")
        elif last and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found[last] = _field_doc(str(node.value.value))
            last = ""
        else:
            last = ""
    return found


def _field_doc(docstring: str) -> FieldDoc:
    parts: dict[str, str] = {"text": ""}
    name = "text"
    for line in inspect.cleandoc(docstring).splitlines():
        head, colon, rest = line.partition(": ")
        if colon and head in _PARTS:
            name, line = head.lower(), rest
        parts[name] = f"{parts.get(name, '')} {line}".strip()
    return FieldDoc(**{"rule": "", "aws": "", "example": "", **parts})


def _deployment_page() -> str:
    lines: list[str] = []
    for declaration in DECLARATIONS:
        lines += ["", f"## {declaration.__name__}", "", _summary(declaration), ""]
        declared = fields_in_order(declaration)
        lines += _table(declared, field_docs(declaration), _opposites(declared, repr))
    text = "What a file of `deployments/` declares. Import each from `colonnade`."
    return _page("Deployments and services", text, lines)


def _environment_page() -> str:
    example = tomllib.loads((ROOT / "environments" / "prod.toml").read_text())
    text = (
        "The keys of a file of `environments/`. The example of a key is its value in `environments/prod.toml`, if any."
    )
    lines: list[str] = []
    for table, declaration in {**TABLES, **SUBTABLES}.items():
        lines += ["", f"## `[{table}]`" if table else "## Top level", ""]
        listed = keys(table, declaration)
        examples = {**_opposites(listed, _toml), **_examples(example, table)}
        lines += _table(listed, field_docs(declaration), examples)
    return _page("Environments", text, lines)


def keys(table: str, declaration: type) -> list[Field[Any]]:
    """Return the keys of a table. The top level has an empty name; its tables are left out, as are fields of no key."""
    return [each for each in fields(declaration) if table or each.name not in _NOT_KEYS]


def _examples(document: Mapping[str, Any], table: str) -> dict[str, str]:
    """Return the values of a table of an environment's file, by key; of several such tables, those of the first."""
    values: Mapping[str, Any] = document.get(table, {}) if table else document
    if table in SUBTABLES:
        values = next(iter(document.get(table.partition(".")[0], {}).values()), {})
    return {key: _toml(value) for key, value in values.items() if not isinstance(value, dict)}


def _commands_page() -> str:
    from colonnade.cli import colonnade
    from colonnade_sandbox.cli import sandbox

    lines: list[str] = []
    listed = dict((*_commands(("colonnade",), colonnade), *_commands(("colonnade", "sandbox"), sandbox)))
    for path, command in listed.items():
        context = click.Context(command, info_name=" ".join(path), terminal_width=100, help_option_names=_HELP)
        lines += ["", f"## {' '.join(path)}", "", "```", command.get_help(context).strip(), "```"]
    return _page("Commands", "The `--help` of every command. `docs/command-line.md` has an overview.", lines)


def _commands(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not command.hidden and not (isinstance(command, click.Group) and not command.commands):
        yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            if not command.commands[name].hidden:
                yield from _commands((*path, name), command.commands[name])


def _modules_page() -> str:
    lines: list[str] = []
    for file in sorted((ROOT / "modules").glob("*.py")):
        names = [node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.ClassDef)]
        if file.stem == "__init__" or not names:
            continue
        module = importlib.import_module(f"colonnade.modules.{file.stem}")
        for name in (each for each in names if not each.startswith("_")):
            text = inspect.getdoc(getattr(module, name)) or ""
            lines += ["", f"## {file.stem}.{name}", "", "```", text, "```"]
    return _page("Modules", "The constructs of `colonnade.modules`. `docs/modules.md` has an example.", lines)


def _review_rules_page() -> str:
    rows = (f"| `{name}` | {text} |" for name, text in RULES.items())
    text = "A finding of a review has one of these rules. `docs/plan-review.md` lists the changes that block."
    return _page("Rules of the review", text, ["", "| Rule | Finding |", "|---|---|", *rows])


def _page(title: str, text: str, lines: Sequence[str]) -> str:
    return "\n".join([_GENERATED, "", f"# {title}", "", text, *lines]) + "\n"


def _summary(declaration: type) -> str:
    return " ".join((inspect.getdoc(declaration) or "").split())


def _table(declared: Sequence[Field[Any]], docs: Mapping[str, FieldDoc], examples: Mapping[str, str]) -> Iterator[str]:
    """Yield a table of fields without the columns that are empty; `examples` come before those of the docstrings."""
    rows = [_row(field, docs[field.name], examples.get(field.name, "")) for field in declared]
    columns = [name for name in rows[0] if any(row[name] for row in rows)]
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield "| " + " | ".join(row[name].replace("|", "\\|") for name in columns) + " |"


def _row(field: Field[Any], doc: FieldDoc, example: str) -> dict[str, str]:
    example = example or doc.example
    return {
        "Name": f"`{field.name}`",
        "Type": f"`{field.type}`",
        "Unit": next((unit for end, unit in _UNITS.items() if field.name.endswith(end)), ""),
        "Default": _default(field),
        "Meaning": doc.text,
        "Rule": doc.rule,
        "Example": f"`{example}`" if example else "",
        "AWS": f"[source]({doc.aws})" if doc.aws else "",
    }


def _opposites(declared: Sequence[Field[Any]], written: Callable[[object], str]) -> dict[str, str]:
    """Return the example of each field of type bool: the value that it does not have by default."""
    return {field.name: written(field.default is not True) for field in declared if field.type == "bool"}


def _default(field: Field[Any]) -> str:
    if field.default is not MISSING:
        return f"`{field.default!r}`"
    return "empty" if field.default_factory is not MISSING else "required"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def main() -> int:
    """Write the pages; return 0."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
