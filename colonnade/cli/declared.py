"""The commands about declared deployments and their synthesis: check, show, synth, routes, diagram."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colonnade.cli.options import (
    AbsolutePath,
    Commands,
    complete_service,
    deployment_argument,
    environment_option,
    example,
    json_option,
)
from colonnade.terminal.exit_status import ExitStatus

if TYPE_CHECKING:
    from colonnade.model.resolved import Resolved


@click.command(short_help="Report every problem of every deployment", epilog=example("colonnade check"))
@json_option()
def check(as_json: bool) -> int:
    """Report every problem and warning of every deployment in every environment, and write nothing.

    Warnings do not change the exit status.
    """
    from colonnade.cli import checks, project

    project.enter()
    report = checks.check_everything()
    if as_json:
        _print_json(report.document())
    elif report.problems:
        sys.stderr.write(f"{report.text()}\n")
    else:
        click.echo(report.text())
    return ExitStatus.WRONG_INPUT if report.problems else ExitStatus.OK


@click.command(
    short_help="Print resolved values and their sources",
    epilog=example("colonnade show services -e prod", "colonnade show services service1 --json"),
)
@deployment_argument()
@click.argument("service", metavar="[SERVICE]", required=False, shell_complete=complete_service)
@environment_option()
@json_option()
def show(deployment: str, service: str | None, environment: str, as_json: bool) -> int:
    """Print the resolved values of DEPLOYMENT, or of one SERVICE of it, each with its source."""
    from colonnade.show import show_json, show_text

    resolved = _resolved(deployment, environment)
    click.echo(show_json(resolved, service) if as_json else show_text(resolved, service))
    return ExitStatus.OK


@click.command(short_help="Write the Terraform of every stack", epilog=example("colonnade synth -e prod"))
@environment_option()
@click.option("--foundation", is_flag=True, help="Only the stacks that are applied before any image is pushed.")
def synth(environment: str, foundation: bool) -> int:
    """Run main.py, which writes the Terraform of every stack to cdktf.out/stacks/NAME/cdk.tf.json."""
    from colonnade.cli import project
    from colonnade.synthesis import output_folder
    from colonnade.terminal.processes import Children

    project.enter()
    folder = output_folder()
    with Children() as children:
        project.synthesize(children, environment, folder, foundation=foundation)
    return ExitStatus.OK


@click.group(
    short_help="Show which listener rule matches a request",
    cls=Commands,
    epilog=example("colonnade routes explain services /service1"),
)
def routes() -> None:
    """Show which listener rule matches a request, and why."""


@routes.command(short_help="Print the listener rules", epilog=example("colonnade routes table services -e prod"))
@deployment_argument()
@environment_option()
@json_option()
def table(deployment: str, environment: str, as_json: bool) -> int:
    """Print the listener rules of DEPLOYMENT in evaluation order."""
    resolved = _resolved(deployment, environment)
    if as_json:
        from colonnade.routes.document import table_document

        _print_json(table_document(resolved))
    else:
        from colonnade.routes.table import rule_table

        click.echo(rule_table(resolved))
    return ExitStatus.OK


@routes.command(
    short_help="Print which rule matches a URL, and why",
    epilog=example("colonnade routes explain services http://services.colonnade.localhost/service10"),
)
@deployment_argument()
@click.argument("url", metavar="URL")
@environment_option()
@json_option()
def explain(deployment: str, url: str, environment: str, as_json: bool) -> int:
    """Print which rule matches URL, and why no earlier rule does.

    URL may be a complete URL (http, https, ws or wss) or a path such as /orders/7.
    """
    resolved = _resolved(deployment, environment)
    if as_json:
        from colonnade.routes.document import explanation_document

        _print_json(explanation_document(resolved, url))
    else:
        from colonnade.routes.explanation import explanation

        click.echo(explanation(resolved, url))
    return ExitStatus.OK


@click.command(short_help="Draw a deployment as an SVG picture", epilog=example("colonnade diagram services -e prod"))
@deployment_argument()
@environment_option()
@click.option(
    "--output", type=AbsolutePath(dir_okay=False), metavar="FILE", help="[default: docs/diagrams/DEPLOYMENT.svg]"
)
def diagram(deployment: str, environment: str, output: Path | None) -> int:
    """Draw the synthesized Terraform of DEPLOYMENT as an SVG picture."""
    from colonnade.cli import project
    from colonnade.diagrams import write_diagram
    from colonnade.terminal.processes import Children

    project.enter()
    project.require_deployment(deployment)
    with Children() as children:
        folder = project.scratch_folder(children, "diagram")
        project.synthesize(children, environment, folder)
        click.echo(write_diagram(deployment, output, folder))
    return ExitStatus.OK


def _resolved(deployment: str, environment: str) -> Resolved:
    """Return the resolved deployment; its images need not be pinned, because nothing is deployed."""
    from colonnade.cli import project

    project.enter()
    return project.resolved(deployment, environment, before_images=True)


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2))
