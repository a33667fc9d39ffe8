"""The commands: `python -m colonnade.routes table DEPLOYMENT`, `explain DEPLOYMENT URL`, `diagram DEPLOYMENT`.

Wrong input is told on stderr, every problem at once, with exit status 2; else the exit status is 0.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from colonnade.model.environment.settings import SANDBOX
from colonnade.model.errors import ConfigurationError, Fault, suggestion
from colonnade.model.migration.settings import OVERRIDE
from colonnade.model.resolved import Resolved
from colonnade.project import find_project
from colonnade.routes.explanation import explanation
from colonnade.routes.table import rule_table

_DONE, _WRONG_INPUT = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        sys.stdout.write(f"{_answer(options)}\n")
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG_INPUT
    return _DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m colonnade.routes",
        description="Tells what a deployment does with requests.",
        epilog="exit status: 0 done; 2 wrong input",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    table = commands.add_parser("table", help="the listener rules, in the order in which they are asked")
    explain = commands.add_parser("explain", help="which rule takes a URL, and why no earlier one does")
    diagram = commands.add_parser("diagram", help="an SVG picture of what `make synth` has synthesized")
    for command in (table, explain, diagram):
        command.add_argument("deployment", metavar="DEPLOYMENT", help="a deployment's name, such as services")
    explain.add_argument("url", metavar="URL", help="an http or https URL, or a path such as /orders/7")
    for command in (table, explain):
        command.epilog = f"{OVERRIDE} overrides the environment's migration phases"
        command.add_argument(
            "--environment",
            default=os.environ.get("ENVIRONMENT", SANDBOX),
            metavar="NAME",
            help=f"a file of environments/ without its ending (default: ENVIRONMENT, or {SANDBOX})",
        )
    diagram.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write it (default: docs/diagrams/DEPLOYMENT.svg)"
    )
    return parser


def _answer(options: argparse.Namespace) -> str:
    name: str = options.deployment
    _require_known(name)
    if options.command == "diagram":
        # Drawing alone needs the library.
        from colonnade.diagrams import write_diagram

        return write_diagram(name, options.output)
    deployment = _resolved(name, options.environment)
    return rule_table(deployment) if options.command == "table" else explanation(deployment, options.url)


def _require_known(name: str) -> None:
    known = [deployment.name for deployment in find_project().deployments()]
    if name not in known:
        fault = Fault("there is no such deployment", suggestion(name, known, label="declared"))
        raise ConfigurationError([fault.of("deployment", name)])


def _resolved(name: str, environment: str) -> Resolved:
    """The deployment, checked beside the others as synthesis does, but for its images, which no rule depends on."""
    phase = os.environ.get(OVERRIDE)
    found = find_project().resolve(environment, migration_phase=phase, before_images=True)
    return next(each for each in found if each.name == name)


if __name__ == "__main__":
    raise SystemExit(main())
