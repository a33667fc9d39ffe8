"""`python -m colonnade.review.branch BASE`: the review of a branch, until the command line has it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from colonnade.review.command import DEFAULT_ENVIRONMENT, review_branch
from colonnade.terminal.errors import ColonnadeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Review the working tree against the commit that the command line names; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m colonnade.review.branch", description="Reviews the working tree.")
    parser.add_argument("base", help="a branch or commit, such as origin/main; the common commit with HEAD counts")
    parser.add_argument("--environment", "-e", default=os.environ.get("ENVIRONMENT", DEFAULT_ENVIRONMENT))
    parser.add_argument("--deployment", action="append", default=[], metavar="NAME", help="only this stack; repeatable")
    parser.add_argument("--json", action="store_true", help="JSON instead of Markdown")
    options = parser.parse_args(arguments)
    try:
        return review_branch(
            options.base, environment=options.environment, deployments=options.deployment, as_json=options.json
        )
    except ColonnadeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status


if __name__ == "__main__":
    raise SystemExit(main())
