"""The commands that check a change before it is applied: migration, review, scan."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.core import ParameterSource

from colonnade.cli.options import Commands, environment_option, example, json_option
from colonnade.terminal.exit_status import ExitStatus

_REVIEWED = "prod"


@click.group(
    short_help="Check the steps of a migration", cls=Commands, epilog=example("colonnade migration check plan.json")
)
def migration() -> None:
    """Check the steps of a migration."""


@migration.command(
    "check",
    short_help="Refuse an illegal step",
    epilog=example("terraform show -json saved.plan > plan.json && colonnade migration check plan.json"),
)
@click.argument("plan", metavar="PLAN.json")
def migration_check(plan: str) -> int:
    """Refuse a plan that moves a migration more than one step.

    PLAN.json is the output of `terraform show -json` for a saved plan; - is standard input. The exit status is 3 for an
    illegal step, and 0 for a legal step, a first creation or a plan without a migration.
    """
    from colonnade.model.migration.step import PlanError, plan_problems
    from colonnade.review.inputs import document_from, where

    document = document_from(plan)
    try:
        problems = tuple(plan_problems(document))
    except PlanError as error:
        sys.stderr.write(f"{where(plan)}: {error}\n")
        return ExitStatus.WRONG_INPUT
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return ExitStatus.STOPPED if problems else ExitStatus.OK


@click.command(
    short_help="Report the changes of a plan or a branch",
    epilog=example(
        "colonnade review saved.plan --stack cdktf.out/stacks/services",
        "terraform show -json saved.plan | colonnade review -",
        "colonnade review --base origin/main",
        "colonnade review --base origin/main services -e dev",
    ),
)
@click.argument("target", metavar="PLAN | --base REF [STACK]...", nargs=-1)
@click.option(
    "--stack",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="PLAN is a saved plan of the stack that is initialized in this folder.",
)
@click.option(
    "--graph",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The output of `terraform graph -plan=saved.plan`, which has the exact order of the apply.",
)
@click.option("--base", metavar="REF", help="Review the working tree against this branch or commit.")
@environment_option(_REVIEWED)
@click.option("--allow", multiple=True, metavar="ADDRESS", help="Approve the change of this resource; repeatable.")
@click.option(
    "--approvals",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Approvals of PLAN, such as review-approvals.toml.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file that makes rules stricter or looser for PLAN, such as review-policy.toml.",
)
@click.option("--full", is_flag=True, help="Write the whole review, even if it is too long for a comment on GitHub.")
@json_option()
def review(
    target: tuple[str, ...],
    folder: Path | None,
    graph: Path | None,
    base: str | None,
    environment: str,
    allow: tuple[str, ...],
    approvals: Path | None,
    policy: Path | None,
    full: bool,
    as_json: bool,
) -> int:
    """Report the changes of a plan as Markdown, and what its apply interrupts.

    The exit status is 3 if a change needs approval.

    PLAN is the output of `terraform show -json` for a saved plan; - is standard input. With --stack, PLAN is the saved
    plan itself.

    With --base, the command plans the changes from REF to the working tree, without an AWS account, in every stack or
    only in each STACK. It reads approvals and policy from review-approvals.toml and review-policy.toml of REF, in the
    project's root, and not from the working tree.
    """
    if base is None and len(target) != 1:
        raise click.UsageError("Give one PLAN, or --base REF.")
    if (folder or graph) and base is not None:
        raise click.UsageError("With --base, the command makes the plans and their graphs: omit --stack and --graph.")
    if folder is not None and graph is not None:
        raise click.UsageError("--graph is for a plan's JSON: with --stack, Terraform makes the graph.")
    given = click.get_current_context().get_parameter_source("environment")
    if base is None and given is ParameterSource.COMMANDLINE:
        raise click.UsageError("-e/--environment requires --base: a plan already belongs to one environment.")
    if base is not None and (allow or approvals is not None):
        raise click.UsageError("With --base, approvals are read from review-approvals.toml of the base.")
    if base is not None and policy is not None:
        raise click.UsageError("With --base, the policy is read from review-policy.toml of the base.")
    from colonnade.review import command

    if base is None:
        return command.review_plan(
            target[0],
            graph=graph,
            stack=folder,
            allow=allow,
            approvals=approvals,
            policy=policy,
            as_json=as_json,
            full=full,
        )
    return command.review_branch(base, environment=environment, deployments=target, as_json=as_json, full=full)


@click.command(short_help="Scan the Terraform with checkov", epilog=example("colonnade scan"))
@environment_option(_REVIEWED)
def scan(environment: str) -> int:
    """Scan the synthesized Terraform of every stack with checkov.

    The exit status is 1 if a check fails that .scan-skips.toml, in the project's root, does not skip.
    """
    from colonnade.cli import project
    from colonnade.scan.command import scan_stacks
    from colonnade.terminal.processes import Children

    root = project.enter().root
    with Children() as children:
        folder = project.scratch_folder(children, "scan")
        project.synthesize(children, environment, folder)
        return scan_stacks(folder, root)
