"""The command line of the sandbox: the click group `sandbox`, which parses and then calls one function.

`colonnade sandbox` synthesizes and starts it as a child process.

A command sets its exit status with `Context.exit`, and raises ColonnadeError when it cannot start. Each command imports
its modules when it is called: importing the emulator takes a second, and `--help` does not need it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from colonnade.terminal.progress import OutputConsole, Progress
from colonnade.terminal.project_root import project_root
from colonnade_sandbox.project import Project

_Command = TypeVar("_Command", bound=Callable[..., Any])

_folder = click.Path(path_type=Path, file_okay=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def sandbox() -> None:
    """Run deployments on this machine: an AWS API emulator, real Terraform, tasks as processes, a load balancer.

    Example: colonnade sandbox demo services
    """


def _deployment(function: _Command) -> _Command:
    return click.argument("deployment", default="services")(function)


def _synthesized(function: _Command) -> _Command:
    text = "Synthesized Terraform.  [default: cdktf.out]"
    return click.option("--synthesized", type=_folder, metavar="DIR", help=text)(function)


def _verbose(function: _Command) -> _Command:
    return click.option("--verbose", is_flag=True, help="Print a line for each resource.")(function)


@sandbox.command()
@_deployment
@_synthesized
@_verbose
@click.pass_context
def demo(context: click.Context, deployment: str, synthesized: Path | None, verbose: bool) -> None:
    """Deploy, make the deployment's requests, plan again, destroy.

    The requests and their expected answers are read from deployments/DEPLOYMENT.requests.toml.

    Example: colonnade sandbox demo services
    """
    project, commands = _starting()
    context.exit(
        commands.demo(
            project=project,
            synthesized=_or_default(synthesized, project),
            deployment=deployment,
            progress=Progress(OutputConsole(), verbose=verbose),
        )
    )


@sandbox.command()
@_deployment
@_synthesized
@click.option("--watch", metavar="COMMAND", default="", help="Command that updates the deployment when a file changes.")
@_verbose
@click.pass_context
def up(context: click.Context, deployment: str, synthesized: Path | None, watch: str, verbose: bool) -> None:
    """Deploy, stay until Ctrl-C, destroy. If the deployment runs already, update it in place.

    Example: colonnade sandbox up services
    """
    project, commands = _starting()
    context.exit(
        commands.up(
            project=project,
            synthesized=_or_default(synthesized, project),
            deployment=deployment,
            update_command=shlex.split(watch),
            progress=Progress(OutputConsole(), verbose=verbose),
        )
    )


@sandbox.command()
@click.argument("deployment", required=False)
@click.pass_context
def down(context: click.Context, deployment: str | None) -> None:
    """Stop a running `up` and wait until it has ended. Without DEPLOYMENT, stop every running `up`.

    Example: colonnade sandbox down
    """
    from colonnade_sandbox.session import running

    context.exit(running.down(project=_project(), deployment=deployment, progress=Progress(OutputConsole())))


@sandbox.command()
@click.argument("deployment", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_context
def status(context: click.Context, deployment: str | None, as_json: bool) -> None:
    """Show the URLs, tasks and target health of a running `up`. Without DEPLOYMENT, show every running `up`.

    Example: colonnade sandbox status
    """
    from colonnade_sandbox.session import running

    context.exit(
        running.status(project=_project(), deployment=deployment, progress=Progress(OutputConsole()), as_json=as_json)
    )


@sandbox.command()
@_deployment
@click.pass_context
def ask(context: click.Context, deployment: str) -> None:
    """Make the demo's requests to a running `up`, or to a deployment within a `run`.

    Example: colonnade sandbox ask services
    """
    from colonnade_sandbox.demo import smoke_test

    context.exit(smoke_test.ask(project=_project(), deployment=deployment, progress=Progress(OutputConsole())))


@sandbox.command()
@_synthesized
@click.argument("deployment")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def run(context: click.Context, deployment: str, command: tuple[str, ...], synthesized: Path | None) -> None:
    """Run COMMAND, such as Terraform or cdktf, against the AWS emulator.

    The command runs in a folder of links to the project's files. Its exit status is returned.

    Example: colonnade sandbox run services -- cdktf deploy services
    """
    project, commands = _starting()
    context.exit(
        commands.run(
            project=project,
            synthesized=_or_default(synthesized, project),
            deployment=deployment,
            command=command,
            progress=Progress(OutputConsole(stderr=True)),  # standard output belongs to the command
        )
    )


@sandbox.command()
@click.argument("deployment", required=False)
@click.option("--phases", type=_folder, required=True, metavar="DIR", help="Synthesized phases: DIR/PHASE/stacks.")
@click.option("--plan-check", required=True, metavar="COMMAND", help="Command that checks each plan before its apply.")
@click.option("--chart", type=click.Path(path_type=Path), metavar="FILE", help="[default: .sandbox/migration.svg]")
@_verbose
@click.pass_context
def migrate(
    context: click.Context, deployment: str | None, phases: Path, plan_check: str, chart: Path | None, verbose: bool
) -> None:
    """Move a monolith's requests to microservices and back under load, and count the answers.

    DEPLOYMENT defaults to the only deployment whose requests file has a [migration] table. The path of the plan's JSON
    file is added to the plan check's COMMAND as the last argument.

    Example: colonnade sandbox migrate
    """
    project, commands = _starting()
    context.exit(
        commands.migrate(
            project=project,
            phases=phases,
            deployment=deployment,
            plan_check=plan_check,
            chart=chart if chart is not None else project.scratch / "migration.svg",
            progress=Progress(OutputConsole(), verbose=verbose),
        )
    )


@sandbox.command(hidden=True)
@_deployment
@_synthesized
@click.pass_context
def plan(context: click.Context, deployment: str, synthesized: Path | None) -> None:
    """Show the plan of a first deployment in any environment. `colonnade preview` starts this command."""
    project, commands = _starting()
    context.exit(
        commands.plan(
            synthesized=_or_default(synthesized, project), deployment=deployment, progress=Progress(OutputConsole())
        )
    )


@sandbox.command(name="plan-change", hidden=True)
@click.argument("stacks", nargs=-1, required=True, metavar="STACK...")
@click.option("--base", type=_folder, required=True, metavar="DIR", help="Synthesized Terraform that is deployed.")
@click.option("--synthesized", type=_folder, required=True, metavar="DIR", help="Synthesized Terraform to plan.")
@click.option("--out", type=_folder, required=True, metavar="DIR", help="Folder for the plans, STACK.json.")
@_verbose
@click.pass_context
def plan_change(
    context: click.Context, stacks: tuple[str, ...], base: Path, synthesized: Path, out: Path, verbose: bool
) -> None:
    """Write the plan of each STACK against its deployed version. `colonnade review --base` starts this command."""
    project, commands = _starting()
    context.exit(
        commands.plan_change(
            project=project,
            base=base,
            synthesized=synthesized,
            stacks=stacks,
            out=out,
            progress=Progress(OutputConsole(), verbose=verbose),
        )
    )


def _project() -> Project:
    return Project(root=project_root())


def _starting() -> tuple[Project, Any]:
    """Return the project and the module of the commands that start an emulator."""
    # boto3 reads the user's profile while it is imported, and the emulator has no profile.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    from colonnade_sandbox import commands

    return _project(), commands


def _or_default(synthesized: Path | None, project: Project) -> Path:
    return synthesized if synthesized is not None else project.synthesized
