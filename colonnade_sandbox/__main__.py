"""`python -m colonnade_sandbox`: reads the command line, calls one command, exits with its code.

Exit codes: 0 as wished, 1 something failed or (status) nothing runs, 2 wrong usage, 128 + signal when interrupted;
`run` has its command's.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.progress import Progress

_DEPLOYING = {
    "demo": "deploy, make requests, plan again, destroy",
    "up": "deploy, stay until Ctrl-C, destroy",
    "plan": "show what a first deployment would make, for any environment",
    "run": "run a command of yours, such as Terraform or cdktf, with the AWS emulator as its AWS",
}
_RUNNING = {
    "status": "show a running `up`: URLs, tasks, target health",
    "down": "end a running `up`",
}
_ASK = "make the demo's requests to a running `up`, or to what a `run` has deployed"
_PLAN_CHANGE = "write the plans of stacks where another version of them is deployed, for any environment"
_MIGRATE_DEMO = "move a monolith's requests to microservices and back under load, and count who answers"
_CHART = Path(".sandbox/migration.svg")


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m colonnade_sandbox", description="AWS on one machine, for this project."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in _DEPLOYING.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--deployment", default="services", metavar="NAME", help="default: services")
        command.add_argument(
            "--synthesized", type=Path, default=Path("cdktf.out"), metavar="DIR", help="default: cdktf.out"
        )
        if name == "run":
            command.add_argument("argv", nargs="+", metavar="COMMAND", help="after --, with its arguments")
    _add_plan_change(commands.add_parser("plan-change", help=_PLAN_CHANGE, description=_PLAN_CHANGE))
    _add_migrate_demo(commands.add_parser("migrate-demo", help=_MIGRATE_DEMO, description=_MIGRATE_DEMO))
    for name, text in _RUNNING.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--deployment", metavar="NAME", help="default: every one that runs")
    ask = commands.add_parser("ask", help=_ASK, description=_ASK)
    ask.add_argument("--deployment", default="services", metavar="NAME", help="default: services")
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
    if options.command in {"ask", *_RUNNING}:
        from colonnade_sandbox import session_commands

        about = {"ask": session_commands.ask, "status": session_commands.status, "down": session_commands.down}
        return about[options.command](deployment=options.deployment, progress=progress)
    # The user's profile, which boto3 would look for while it is imported, is none of the emulator's.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    # Imported here, because the emulator alone takes a second, which the others and `--help` need not wait for.
    from colonnade_sandbox import commands

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
    stack = {"synthesized": options.synthesized, "deployment": options.deployment}
    if options.command == "run":
        return commands.run(**stack, command=options.argv, progress=progress)
    deploying = {"demo": commands.demo, "up": commands.up, "plan": commands.plan}[options.command]
    return deploying(**stack, progress=progress)


def main(arguments: list[str]) -> int:
    """Run one command; the exit code."""
    options = _parse(arguments)
    try:
        # The standard output of `run` is its command's.
        return _run(options, Progress(Console(stderr=options.command == "run")))
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
