"""`python -m colonnade.review PLAN.json`: the review of a plan, until the command line has it.

terraform plan -out saved.plan && terraform show -json saved.plan | python -m colonnade.review -
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from colonnade.review.command import review_plan
from colonnade.terminal.errors import ColonnadeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Review the plan that the command line names; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m colonnade.review",
        description="Reviews a Terraform plan: Markdown on stdout.",
        epilog="exit status: 0 pass; 2 wrong input; 3 blocked until changes are approved",
    )
    parser.add_argument("plan", metavar="PLAN.json", help="output of `terraform show -json` of a saved plan, or -")
    parser.add_argument("--allow", metavar="ADDRESS", action="append", default=[], help="approve a change; repeatable")
    parser.add_argument(
        "--allow-file",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="approved addresses, one per line, each with a reason after #; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of Markdown")
    options = parser.parse_args(arguments)
    try:
        return review_plan(options.plan, allow=options.allow, allow_files=options.allow_file, as_json=options.json)
    except ColonnadeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status


if __name__ == "__main__":
    raise SystemExit(main())
