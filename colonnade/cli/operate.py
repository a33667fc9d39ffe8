"""The commands for deployed services, in AWS and in a running sandbox alike: status, why."""

from __future__ import annotations

import json

import click

from colonnade.cli.options import complete_service, deployment_argument, environment_option, example, json_option
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


@click.command(
    short_help="Find out why a service is not healthy",
    epilog=example("colonnade why service1", "colonnade why services/service1 -e prod --json"),
)
@click.argument("service", metavar="SERVICE", shell_complete=complete_service)
@environment_option()
@json_option()
def why(service: str, environment: str, as_json: bool) -> int:
    """Find out why SERVICE is not healthy, or not what was deployed, and print the first cause with its fix.

    SERVICE is a service's name, or DEPLOYMENT/SERVICE. The causes are a fixed list, in order; below the first one are
    stopped reasons, exit codes, answers to health checks and last log lines. docs/when-something-goes-wrong.md has the
    list. Nothing is changed: every call only reads.

    The exit status is 0 if the service is healthy and as deployed, otherwise 1. ECS lists stopped tasks for an hour.
    """
    from colonnade.cli import reach
    from colonnade.operate.why.reader import read_evidence
    from colonnade.operate.why.report import answer_document, answer_text, judge

    (found,) = reach.services([service], environment)
    answer = judge(
        read_evidence(found.aws, cluster=found.cluster, name=found.service.physical_name, service=found.name)
    )
    click.echo(json.dumps(answer_document(answer), indent=2) if as_json else answer_text(answer))
    return ExitStatus.OK if answer.well else ExitStatus.FAILED
