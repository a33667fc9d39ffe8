"""The commands of the review: one plan, or a branch against its base.

Each writes its report to standard output, returns the exit status, and raises a ColonnadeError for wrong input.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from colonnade.review.analysis.analysis import Analysis, analyze
from colonnade.review.approvals import checked_address
from colonnade.review.branch.report import branch_json, branch_markdown
from colonnade.review.branch.review import review_changes
from colonnade.review.errors import PlanError, plan_errors
from colonnade.review.inputs import approvals_from, plan_from, policy_from, where
from colonnade.review.json_report import json_report, json_text
from colonnade.review.markdown.report import markdown
from colonnade.review.markdown.text import MAX_LENGTH
from colonnade.review.plan.document import Plan, plan_of
from colonnade.review.policy import Policy
from colonnade.review.saved_plan import read_saved_plan
from colonnade.review.verdict import Verdict, judge
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
    approvals: Path | None = None,
    policy: Path | None = None,
    as_json: bool = False,
    full: bool = False,
) -> int:
    """Review the plan in a file, or on standard input if `plan` is `-`.

    `graph` is a file with the plan's graph, which has the order of its operations. With `stack`, the plan is a saved
    one, which Terraform reads in that initialized folder.
    `allow` are addresses of changes that are approved for this plan. `approvals` is a file with approvals, `policy` one
    with the actions of rules. `full` writes the whole review, which may be too long for a comment. The exit status is
    STOPPED if a change still needs approval.
    """
    allowed = [checked_address(address) for address in allow]
    entries = approvals_from(approvals) if approvals is not None else ()
    actions = policy_from(policy) if policy is not None else Policy()
    read = plan_from(plan, graph) if stack is None else _saved_plan(Path(plan), stack)
    try:
        analysis = analyze(read)
        verdict = judge(analysis, allowed=allowed, approvals=entries, policy=actions)
        report = _report(analysis, verdict, as_json=as_json, full=full)
    except PlanError as error:
        raise PlanError(f"{where(plan)}: {error}") from error
    sys.stdout.write(report)
    return ExitStatus.STOPPED if verdict.blocked else ExitStatus.OK


@plan_errors()
def _report(analysis: Analysis, verdict: Verdict, *, as_json: bool, full: bool) -> str:
    if as_json:
        return json_text(json_report(analysis, verdict))
    return markdown(analysis, verdict, max_length=None if full else MAX_LENGTH)


def _saved_plan(file: Path, folder: Path) -> Plan:
    with Children() as children:
        saved = read_saved_plan(file, folder, children)
    try:
        return plan_of(saved.document, saved.graph)
    except PlanError as error:
        raise PlanError(f"{file}: {error}") from error


def review_branch(
    base: str,
    *,
    environment: str = DEFAULT_ENVIRONMENT,
    deployments: Sequence[str] = (),
    as_json: bool = False,
    full: bool = False,
) -> int:
    """Review the changes of the working tree in an environment in which the commit `base` is deployed.

    `deployments` are names of stacks, by default all. Approvals and the policy are read from the base, never from the
    working tree. The exit status is STOPPED if a change of any stack needs approval.
    """
    review = review_changes(base, environment=environment, deployments=deployments)
    sys.stdout.write(
        json_text(branch_json(review)) if as_json else branch_markdown(review, max_length=None if full else MAX_LENGTH)
    )
    return ExitStatus.STOPPED if review.blocked else ExitStatus.OK
