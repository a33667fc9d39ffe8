"""The commands that run synthesized Terraform against an AWS emulator: `preview` and `sandbox`.

synthesis -> `python -m colonnade_sandbox`, each a child process: the sandbox reads nothing but what was synthesized
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colonnade.cli.options import (
    AbsolutePath,
    Commands,
    deployment_argument,
    environment_option,
    example,
    json_option,
    stack_argument,
)

if TYPE_CHECKING:
    from colonnade.terminal.processes import Children

_CHART = Path(".sandbox/migration.svg")
_PHASES = Path(".sandbox/phases")


@click.command(short_help="Plan a first deployment without AWS", epilog=example("colonnade preview services -e prod"))
@stack_argument()
@environment_option()
def preview(stack: str, environment: str) -> int:
    """Show the plan of a first deployment of STACK, without an AWS account.

    Real Terraform and the real AWS provider plan the synthesized stack against an AWS emulator with nothing in it.
    """
    from colonnade.cli import project
    from colonnade.terminal.processes import Children

    project.enter()
    project.require_stack(stack)
    with Children() as children:
        folder = project.scratch_folder(children, "preview")
        project.synthesize(children, environment, folder, foundation=stack in project.FOUNDATION)
        return _sandbox(children, "plan", stack, "--synthesized", str(folder))


@click.group(
    short_help="Run a deployment on this machine", cls=Commands, epilog=example("colonnade sandbox demo services")
)
def sandbox() -> None:
    """Run a deployment on this machine: real Terraform, an AWS emulator, real processes."""


@sandbox.command(
    short_help="Deploy, make requests, plan again, destroy", epilog=example("colonnade sandbox demo services")
)
@deployment_argument()
@environment_option()
def demo(deployment: str, environment: str) -> int:
    """Deploy DEPLOYMENT, make its requests, plan again, destroy."""
    return _deploy("demo", deployment, environment)


@sandbox.command(short_help="Deploy and stay until Ctrl-C", epilog=example("colonnade sandbox up services"))
@deployment_argument()
@environment_option()
def up(deployment: str, environment: str) -> int:
    """Deploy DEPLOYMENT and stay until Ctrl-C or `colonnade sandbox down`; prints the URLs."""
    return _deploy("up", deployment, environment)


@sandbox.command(short_help="End a running up", epilog=example("colonnade sandbox down"))
@deployment_argument(required=False)
def down(deployment: str | None) -> int:
    """End a running `up` and wait for its end; by default every one."""
    return _about("down", deployment)


@sandbox.command(short_help="Show what runs", epilog=example("colonnade sandbox status services"))
@deployment_argument(required=False)
@json_option()
def status(deployment: str | None, as_json: bool) -> int:
    """Show what runs: URLs, tasks, target health. Ends with 1 when nothing runs."""
    return _about("status", deployment, *(("--json",) if as_json else ()))


@sandbox.command(short_help="Make the demo's requests to what runs", epilog=example("colonnade sandbox ask services"))
@deployment_argument()
def ask(deployment: str) -> int:
    """Make the demo's requests to a running `up`, or to what a `run` has deployed."""
    return _about("ask", deployment)


@sandbox.command(
    short_help="Run a command with the emulator as its AWS",
    epilog=example("colonnade sandbox run services -- sh -c 'cd cdktf.out/stacks/state-backend; terraform init'"),
    context_settings={"allow_interspersed_args": False},
)
@environment_option()
@deployment_argument()
@click.argument("command", metavar="-- COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
def run(environment: str, deployment: str, command: tuple[str, ...]) -> int:
    """Run a command, such as Terraform or cdktf, for which the AWS emulator is AWS.

    It works in a folder of links to this project with a cdktf.out of its own, and ends with the command's status.
    """
    words = command[1:] if command[0] == "--" else command
    if not words:
        raise click.UsageError("Missing argument '-- COMMAND...'.")
    return _deploy("run", deployment, environment, "--", *words)


@sandbox.command(
    short_help="Move a monolith to microservices and back", epilog=example("colonnade sandbox migrate message_board")
)
@deployment_argument()
@environment_option()
@click.option(
    "--chart",
    type=AbsolutePath(dir_okay=False),
    default=_CHART,
    metavar="FILE",
    help=f"Where to draw the shift of the requests.  [default: {_CHART}]",
)
def migrate(deployment: str, environment: str, chart: Path) -> int:
    """Move the requests of DEPLOYMENT's monolith to its microservices and back, under load."""
    from colonnade.cli import project
    from colonnade.model.migration.phases import ORDER
    from colonnade.model.migration.settings import OVERRIDE
    from colonnade.terminal.processes import Children

    project.enter()
    project.require_deployment(deployment)
    _require_sandbox(environment)
    with Children() as children:
        for phase in ORDER:
            project.synthesize(children, environment, _PHASES / phase, settings={OVERRIDE: phase})
        check = f"{sys.executable} -m colonnade migration check"
        options = ("--phases", str(_PHASES), "--plan-check", check, "--chart", str(chart))
        return _sandbox(children, "migrate", deployment, *options)


def _deploy(command: str, deployment: str, environment: str, *words: str) -> int:
    from colonnade.cli import project
    from colonnade.synthesis import output_folder
    from colonnade.terminal.processes import Children

    project.enter()
    project.require_deployment(deployment)
    _require_sandbox(environment)
    folder = output_folder()
    with Children() as children:
        project.synthesize(children, environment, folder)
        return _sandbox(children, command, "--synthesized", str(folder), deployment, *words)


def _require_sandbox(environment: str) -> None:
    """Refuse an environment whose account, region and sizes are not meant for one machine, before it is synthesized."""
    from colonnade.cli import project
    from colonnade.model.environment.settings import SANDBOX
    from colonnade.model.errors import ConfigurationError, Problem

    if project.require_environment(environment, "sandbox") != SANDBOX:
        message = f"only environment {SANDBOX!r} is deployed on this machine"
        fix = f"leave -e out, or plan this one without an account: `colonnade preview STACK -e {environment}`"
        raise ConfigurationError([Problem(subject=f"environment {environment!r}", message=message, fix=fix)])


def _about(command: str, deployment: str | None, *options: str) -> int:
    from colonnade.cli import project
    from colonnade.terminal.processes import Children

    project.enter()
    chosen = (project.require_deployment(deployment),) if deployment is not None else ()
    with Children() as children:
        return _sandbox(children, command, *chosen, *options)


def _sandbox(children: Children, *arguments: str) -> int:
    """Run the sandbox with this terminal's input and output; its status."""
    from colonnade.terminal.processes import shell_status

    return shell_status(children.start([sys.executable, "-m", "colonnade_sandbox", *arguments], stdin=None).wait())
