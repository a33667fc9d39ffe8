"""The commands for deployed services, in AWS and in a running sandbox alike: status, why, restart, rollback; unlock."""

from __future__ import annotations

import json

import click

from colonnade.cli.options import (
    complete_service,
    deployment_argument,
    environment_option,
    example,
    json_option,
    stack_argument,
)
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


@click.command(
    short_help="Replace the tasks of services by new ones",
    epilog=example("colonnade restart service1", "colonnade restart services/service1 -e prod --yes"),
)
@click.argument("services", metavar="SERVICE...", nargs=-1, required=True, shell_complete=complete_service)
@environment_option()
@click.option("--yes", is_flag=True, help="Restart without confirmation, as in the sandbox.")
def restart(services: tuple[str, ...], environment: str, yes: bool) -> int:
    """Replace the tasks of each SERVICE by new ones of the same revision, and wait until they are healthy.

    ECS starts the new tasks before it stops the others, so no request fails. SERVICE is a service's name, or
    DEPLOYMENT/SERVICE if several deployments have a service of that name.
    """
    from colonnade.cli import reach
    from colonnade.model.environment.settings import SANDBOX
    from colonnade.operate.restart import restart as work

    return work(reach.services(services, environment), yes=yes or environment == SANDBOX)


@click.command(
    short_help="Run an earlier revision of a service",
    epilog=example("colonnade rollback service1 -e prod", "colonnade rollback service1 -e prod --to 7"),
)
@click.argument("service", metavar="SERVICE", shell_complete=complete_service)
@environment_option()
@click.option("--to", type=click.IntRange(min=1), metavar="REVISION", help="The number of the revision.")
@click.option("--yes", is_flag=True, help="Roll back without confirmation, as in the sandbox.")
def rollback(service: str, environment: str, to: int | None, yes: bool) -> int:
    """Run the previous completed revision of SERVICE, and wait until its tasks are healthy.

    First it prints the differences between the two revisions, and what the next apply would do. Then it pins the image
    of the earlier revision in environments/NAME.images.toml, so that the next apply keeps it. What else differs must
    be changed in the files.
    """
    from colonnade.cli import project, reach
    from colonnade.model.environment.settings import SANDBOX
    from colonnade.operate.rollback import Files
    from colonnade.operate.rollback import rollback as work

    (found,) = reach.services([service], environment)
    root = project.enter()
    files = Files(
        environment=root.environment(environment),
        pins=root.pins_path(environment),
        deployments=reach.resolved_deployments(root, environment),
    )
    return work(found, files, number=to, yes=yes or environment == SANDBOX)


@click.command(short_help="Lift the lock of a Terraform state", epilog=example("colonnade unlock services -e prod"))
@stack_argument()
@environment_option(None)
@click.option("--yes", is_flag=True, help="Lift the lock without a question.")
def unlock(stack: str, environment: str | None, yes: bool) -> int:
    """Show who holds the lock of STACK's Terraform state and since when, and lift it after a question.

    A Terraform that was killed leaves its lock. Exactly the lock that was shown is deleted. Without a lock, the exit
    status is 0.
    """
    from colonnade.cli import project

    root = project.enter()
    name = project.require_environment(environment, "unlock")
    project.require_stack(stack)
    from colonnade.apply.identity import open_session
    from colonnade.apply.stack import load_environment
    from colonnade.operate.unlock import unlock as work

    target = load_environment(name, root.root)
    return work(stack, target, open_session(target), yes=yes)
