"""`make chaos`: all cases, or the named ones, against a sandbox of its own; exits with 1 if a case differs."""

from __future__ import annotations

import argparse
import resource
import sys

from tools.chaos.case import run_cases
from tools.chaos.cases import all_cases
from tools.chaos.running import WHOLE
from tools.chaos.started import started


def main() -> int:
    """Run the cases that the arguments name; return the exit status."""
    cases = all_cases(WHOLE)
    names = [case.name for case in cases]
    parser = argparse.ArgumentParser(
        prog="python -m tools.chaos",
        description="Prints what was done, expected and happened, one line a case.",
        epilog=f"Cases: {', '.join(names)}. Example: python -m tools.chaos task-killed updates",
    )
    parser.add_argument("cases", metavar="CASE", nargs="*", help="by default all")
    chosen: list[str] = parser.parse_args().cases
    if unknown := [name for name in chosen if name not in names]:
        parser.error(f"no case is named {', '.join(unknown)}; cases: {', '.join(names)}")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the sandbox needs two sockets a connection, too
    _say("Starting a sandbox with the deployment services, which takes about two minutes ...")
    with started(size=WHOLE) as sandbox:
        different = run_cases([case for case in cases if not chosen or case.name in chosen], sandbox, _say)
        if different:
            _say(f"The sandbox's last lines:\n{sandbox.last_lines()}")
    _say(f"{different} cases differ." if different else "Every case is as expected.")
    return 1 if different else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
