"""The commands that run synthesized Terraform against an AWS emulator: `preview` and `sandbox`.

synthesis -> cdktf.out -> `python -m colonnade_sandbox`. Both programs are child processes. The sandbox reads only
synthesized Terraform.
"""

from __future__ import annotations

import shlex
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

    Real Terraform and the real AWS provider plan the synthesized stack against an empty AWS emulator. An image that is
    not pinned has the tag `not-pushed-yet` in the plan.
    """
    from colonnade.cli import project
    from colonnade.terminal.processes import Children

    project.enter()
    project.require_stack(stack)
    with Children() as children:
        folder = project.scratch_folder(children, "preview")
        foundation = stack in project.FOUNDATION
        project.synthesize(children, environment, folder, foundation=foundation, stand_ins=not foundation)
        return _sandbox(children, "plan", stack, "--synthesized", str(folder))


@click.group(
    short_help="Run a deployment on this machine", cls=Commands, epilog=example("colonnade sandbox demo services")
)
def sandbox() -> None:
    """Run a deployment on this machine: real Terraform, an AWS emulator, real processes."""


@sandbox.command(
    short_help="Deploy, send requests, plan again, destroy", epilog=example("colonnade sandbox demo services")
)
@deployment_argument()
@environment_option()
def demo(deployment: str, environment: str) -> int:
    """Deploy DEPLOYMENT, send its requests, plan again, destroy."""
    return _deploy("demo", deployment, environment)


@sandbox.command(
    short_help="Deploy and run until Ctrl-C, or update",
    epilog=example("colonnade sandbox up services", "colonnade sandbox up services --watch"),
)
@deployment_argument()
@environment_option()
@click.option("--watch", is_flag=True, help="Update whenever a file of the deployments, environments or apps changes.")
def up(deployment: str, environment: str, watch: bool) -> int:
    """Deploy DEPLOYMENT, print its URLs, and run until Ctrl-C or `colonnade sandbox down`.

    If DEPLOYMENT runs already, show what changes, apply it in place, and wait until it is healthy.
    """
    from colonnade.cli.reach import runs_in_sandbox
    from colonnade.terminal.processes import InterruptedBySignalError

    update = shlex.join([sys.executable, "-m", "colonnade", "sandbox", "up", deployment])
    try:
        return _deploy("up", deployment, environment, *(("--watch", update) if watch else ()))
    except InterruptedBySignalError as error:
        if not runs_in_sandbox(deployment):
            raise
        message = f"Interrupted. The sandbox of {deployment!r} runs on."
        raise InterruptedBySignalError(error.number, message) from None


@sandbox.command(short_help="Stop a running up", epilog=example("colonnade sandbox down"))
@deployment_argument(required=False)
def down(deployment: str | None) -> int:
    """Stop the running `up` of DEPLOYMENT, by default of every deployment, and wait for its end."""
    return _on_running("down", deployment)


@sandbox.command(short_help="Show URLs, processes and logs", epilog=example("colonnade sandbox status services"))
@deployment_argument(required=False)
@json_option()
def status(deployment: str | None, as_json: bool) -> int:
    """Show what only the sandbox has: URLs, processes, addresses, logs. The exit status is 1 if nothing is running.

    `colonnade status` shows the services as ECS sees them, in the sandbox and in AWS.
    """
    return _on_running("status", deployment, *(("--json",) if as_json else ()))


@sandbox.command(
    short_help="Send the demo's requests to a running deployment", epilog=example("colonnade sandbox ask services")
)
@deployment_argument()
def ask(deployment: str) -> int:
    """Send the demo's requests to a running `up`, or to a deployment that a `run` has made."""
    return _on_running("ask", deployment)


@sandbox.command(
    short_help="Run a command against the AWS emulator",
    epilog=example("colonnade sandbox run services -- sh -c 'cd cdktf.out/stacks/state-backend; terraform init'"),
    context_settings={"allow_interspersed_args": False},
)
@environment_option()
@deployment_argument()
@click.argument("command", metavar="-- COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
def run(environment: str, deployment: str, command: tuple[str, ...]) -> int:
    """Run a command, such as Terraform or cdktf, against the AWS emulator.

    The command runs in a folder of links to this project, with a cdktf.out of its own. Its exit status is returned.
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
    help=f"The SVG file for the chart of the requests.  [default: {_CHART}]",
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
    """Raise ConfigurationError, before synthesis, for an environment that is not meant for one machine."""
    from colonnade.cli import project
    from colonnade.model.environment.settings import SANDBOX
    from colonnade.model.errors import ConfigurationError, Problem

    if project.require_environment(environment, "sandbox") != SANDBOX:
        message = f"only environment {SANDBOX!r} is deployed on this machine"
        fix = f"omit -e, or plan this environment without an account: `colonnade preview STACK -e {environment}`"
        raise ConfigurationError([Problem(subject=f"environment {environment!r}", message=message, fix=fix)])


def _on_running(command: str, deployment: str | None, *options: str) -> int:
    from colonnade.cli import project
    from colonnade.terminal.processes import Children

    project.enter()
    chosen = (deployment,) if deployment is not None else ()
    if deployment is not None and not (project.SCRATCH / f"{deployment}.lock").exists():
        # What runs must be reached also while a file of the project has a mistake, so only another name is looked up.
        project.require_deployment(deployment)
    with Children() as children:
        return _sandbox(children, command, *chosen, *options)


def _sandbox(children: Children, *arguments: str) -> int:
    """Run the sandbox with this terminal's input and output; return its exit status."""
    from colonnade.terminal.exit_status import by_signal
    from colonnade.terminal.processes import SIGNALS, InterruptedBySignalError, shell_status

    command = [sys.executable, "-m", "colonnade_sandbox", *arguments]
    status = shell_status(children.start(command, stdin=None, hold_signals=True).wait())
    for number in SIGNALS:
        if status == by_signal(number):  # of `sandbox down`, for example; the child prints no line about it
            raise InterruptedBySignalError(number)
    return status
