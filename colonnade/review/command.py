"""The commands of the review: one plan, or a branch against its base.

Each writes its report to standard output and returns the exit status; wrong input raises a ColonnadeError.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from colonnade.review.allowed import addresses, checked
from colonnade.review.analysis.analysis import analyze, judge
from colonnade.review.branch.review import BranchReview, review_changes
from colonnade.review.errors import AllowError, PlanError, ReviewError
from colonnade.review.json_report import json_report, json_text
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import Plan, read_plan
from colonnade.terminal.exit_status import ExitStatus

_STANDARD_INPUT = "-"


def review_plan(plan: str, *, allow: Sequence[str], allow_files: Sequence[Path], as_json: bool) -> int:
    """Review the plan in a file, or on standard input if `plan` is `-`; STOPPED if a change needs approval.

    `allow` are addresses of changes that are approved for this plan, `allow_files` files of such addresses.
    """
    named = [checked(address, where="--allow ") for address in allow]
    # A file may serve many plans, and stay when a change in it is done; `--allow` is meant for this plan.
    filed = [address for path in allow_files for address in allowed_addresses(path)]
    analysis = analyze(_read_plan(plan))
    verdict = judge(analysis, allowed=[*named, *filed], expected=named)
    sys.stdout.write(json_text(json_report(analysis, verdict)) if as_json else markdown(analysis, verdict))
    return ExitStatus.STOPPED if verdict.blocked else ExitStatus.OK


def review_branch(
    base: str, *, environment: str = "prod", deployments: Sequence[str] = (), as_json: bool = False
) -> int:
    """Review the working tree's changes to an environment in which `base` is deployed; STOPPED if one needs approval.

    `deployments` are the names of the stacks to review; none means every stack.
    """
    raise NotImplementedError
