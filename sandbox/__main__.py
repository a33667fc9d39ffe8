"""`python -m sandbox`: reads the command line, calls one command, exits with its code. Nobody imports this.

Exit codes: 0 as wished, 1 something failed or (status) nothing runs, 2 wrong usage, 128 + signal when interrupted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from sandbox.errors import SandboxError
from sandbox.progress import Progress

_DEPLOYING = {
    "demo": "deploy, make requests, plan again, destroy",
    "up": "deploy, stay until Ctrl-C, destroy",
    "plan": "show what a first deployment would make, for any environment",
}
_RUNNING = {
    "status": "show a running `up`: URLs, tasks, target health",
    "down": "end a running `up`",
}
_PLAN_CHANGE = "write the plans of stacks where another version of them is deployed, for any environment"
_MIGRATE_DEMO = "move a monolith's requests to microservices and back under load, and count who answers"
_CHART = Path(".sandbox/migration.svg")


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="AWS on one machine, for this project.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in _DEPLOYING.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--deployment", default="services", metavar="NAME", help="default: services")
        command.add_argument(
            "--synthesized", type=Path, default=Path("cdktf.out"), metavar="DIR", help="default: cdktf.out"
        )
    _add_plan_change(commands.add_parser("plan-change", help=_PLAN_CHANGE, description=_PLAN_CHANGE))
    _add_migrate_demo(commands.add_parser("migrate-demo", help=_MIGRATE_DEMO, description=_MIGRATE_DEMO))
    for name, text in _RUNNING.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--deployment", metavar="NAME", help="default: every one that runs")
    return parser.parse_args(arguments)


def _add_plan_change(command: argparse.ArgumentParser) -> None:
    command.add_argument("stacks", nargs="+", metavar="STACK", help="a deployment's name, or another stack's")
    folders = {
        "--base": "what is deployed, as synthesis wrote it; a stack that is not there is deployed for the first time",
        "--synthesized": "what is to be deployed",
        "--out": "takes DIR/STACK.json, as `terraform show -json` writes them",
    }
    for option, text in folders.items():
        command.add_argument(option, type=Path, required=True, metavar="DIR", help=text)


def _add_migrate_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--deployment", default="message_board", metavar="NAME", help="default: message_board")
    command.add_argument(
        "--phases",
        type=Path,
        required=True,
        metavar="DIR",
        help="DIR/PHASE/stacks: what synthesis wrote for each phase",
    )
    command.add_argument(
        "--plan-check", required=True, metavar="COMMAND", help="judges each plan; its last argument is the plan's JSON"
    )
    command.add_argument(
        "--chart", type=Path, default=_CHART, metavar="FILE", help=f"the picture of the shift; default: {_CHART}"
    )


def _run(options: argparse.Namespace, progress: Progress) -> int:
    # Imported here, because the emulator alone takes a second, which `status` and `--help` need not wait for.
    if options.command in _RUNNING:
        from sandbox import session_commands

        about = session_commands.status if options.command == "status" else session_commands.down
        return about(deployment=options.deployment, progress=progress)
    from sandbox import commands

    if options.command == "plan-change":
        return commands.plan_change(
            base=options.base,
            synthesized=options.synthesized,
            stacks=options.stacks,
            out=options.out,
            progress=progress,
        )
    if options.command == "migrate-demo":
        return commands.migrate_demo(
            phases=options.phases,
            deployment=options.deployment,
            plan_check=options.plan_check,
            chart=options.chart,
            progress=progress,
        )
    deploying = {"demo": commands.demo, "up": commands.up, "plan": commands.plan}[options.command]
    return deploying(synthesized=options.synthesized, deployment=options.deployment, progress=progress)


def main(arguments: list[str]) -> int:
    """Run one command; the exit code."""
    options = _parse(arguments)
    try:
        return _run(options, Progress(Console()))
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
