"""The commands of the review: one plan, or a branch against its base.

Each writes its report to standard output, returns the exit status, and raises a ColonnadeError for wrong input.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from colonnade.review.allowed import checked
from colonnade.review.analysis.analysis import analyze, judge
from colonnade.review.branch.report import branch_json, branch_markdown
from colonnade.review.branch.review import review_changes
from colonnade.review.errors import PlanError
from colonnade.review.inputs import approved_addresses, plan_from, where
from colonnade.review.json_report import json_report, json_text
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import Plan, plan_of
from colonnade.review.saved_plan import read_saved_plan
from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.processes import Children

DEFAULT_ENVIRONMENT = "prod"
"""The default environment for the review of a branch."""


def review_plan(
    plan: str,
    *,
    graph: Path | None = None,
    stack: Path | None = None,
    allow: Sequence[str] = (),
    allow_files: Sequence[Path] = (),
    as_json: bool = False,
) -> int:
    """Review the plan in a file, or on standard input if `plan` is `-`.

    `graph` is a file with the plan's graph, which has the order of its operations. With `stack`, the plan is a saved
    one, which Terraform reads in that initialized folder.
    `allow` are addresses of changes that are approved for this plan. `allow_files` are files with approved addresses.
    The exit status is STOPPED if a change still needs approval.
    """
    named = [checked(address, where="--allow ") for address in allow]
    # An allow file may apply to several plans and contain addresses of past changes. So only unneeded `--allow` options
    # are reported.
    filed = [address for path in allow_files for address in approved_addresses(path)]
    try:
        analysis = analyze(plan_from(plan, graph) if stack is None else _saved_plan(Path(plan), stack))
        verdict = judge(analysis, allowed=[*named, *filed], expected=named)
        report = json_text(json_report(analysis, verdict)) if as_json else markdown(analysis, verdict)
    except RecursionError as error:  # a string of the plan is JSON itself, such as a policy
        raise PlanError(f"{where(plan)}: has a value that is nested too deeply") from error
    sys.stdout.write(report)
    return ExitStatus.STOPPED if verdict.blocked else ExitStatus.OK


def _saved_plan(file: Path, folder: Path) -> Plan:
    with Children() as children:
        saved = read_saved_plan(file, folder, children)
    try:
        return plan_of(saved.document, saved.graph)
    except PlanError as error:
        raise PlanError(f"{file}: {error}") from error


def review_branch(
    base: str, *, environment: str = DEFAULT_ENVIRONMENT, deployments: Sequence[str] = (), as_json: bool = False
) -> int:
    """Review the changes of the working tree in an environment in which the commit `base` is deployed.

    `deployments` are names of stacks, by default all. Approved changes are in `.review-allow` in the project's root.
    The exit status is STOPPED if a change of any stack needs approval.
    """
    review = review_changes(base, environment=environment, deployments=deployments)
    sys.stdout.write(json_text(branch_json(review)) if as_json else branch_markdown(review))
    return ExitStatus.STOPPED if review.blocked else ExitStatus.OK
