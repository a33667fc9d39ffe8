"""The commands for deployed services, in AWS and in a running sandbox alike: status."""

from __future__ import annotations

import json

import click

from colonnade.cli.options import deployment_argument, environment_option, example, json_option
from colonnade.terminal.exit_status import ExitStatus


@click.command(
    short_help="Show deployed services: tasks, revisions, health",
    epilog=example("colonnade status", "colonnade status services -e prod"),
)
@deployment_argument(required=False)
@environment_option()
@json_option()
def status(deployment: str | None, environment: str, as_json: bool) -> int:
    """Show the services of DEPLOYMENT, by default of all: tasks, revision, image, rollout, targets, last events.

    In the sandbox, all are those that run. The exit status is 1 if a service is not as desired, or if nothing is
    applied. A deployment that is not applied counts only if it is named.

    `colonnade sandbox status` shows what only the sandbox has: URLs, processes and the paths of logs.
    """
    from colonnade.cli.reach import reach
    from colonnade.operate.status import read_status
    from colonnade.operate.status_text import status_document, status_text

    found = reach(environment, deployment)
    deployments = [each for reached in found.reached for each in read_status(reached)]
    if as_json:
        click.echo(json.dumps(status_document(deployments, found.environment), indent=2))
    else:
        click.echo(status_text(deployments, found.environment))
    counted = [each for each in deployments if each.applied] if deployment is None else deployments
    return ExitStatus.OK if counted and all(each.as_desired for each in counted) else ExitStatus.FAILED
