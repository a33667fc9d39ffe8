"""Applies one synthesized stack to AWS: init -> plan -> check of the migration's step -> question -> apply.

    ENVIRONMENT=prod python apply.py message_board

`make apply` synthesizes first. What is applied is the very plan that was shown and checked; with --save-plan and
--plan a person may approve it in between. Credentials and Terraform's settings are those of the caller's environment,
where AWS_ENDPOINT_URL leads to an AWS emulator instead. Exit status 0: applied, saved, or nothing to change; 1:
Terraform failed, or the answer was no; 2: wrong input; 3: an illegal step.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import ConfigurationError, Problem, suggestion
from colonnade.model.migration.step import PlanError, plan_problems
from colonnade.project import find_project

APPLIED, FAILED, WRONG_INPUT, ILLEGAL_STEP = 0, 1, 2, 3
"""The exit statuses."""

_NO_CHANGES, _CHANGES = 0, 2  # terraform plan -detailed-exitcode


class TerraformFailedError(Exception):
    """Terraform ended with an error, which it has told on its own."""


def main(arguments: Sequence[str] | None = None, *, ask: Callable[[str], str] = input) -> int:
    """Applies the stack that the command line names, if it may be; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python apply.py", description="Applies one stack of cdktf.out to AWS.")
    parser.add_argument("stack", help="a deployment's name, state-backend or image-repositories")
    parser.add_argument("--yes", action="store_true", help="apply without asking")
    saved = parser.add_mutually_exclusive_group()
    saved.add_argument(
        "--save-plan",
        type=Path,
        metavar="FILE",
        help="apply nothing; write the plan into FILE and as JSON into FILE.json, or no file if nothing would change",
    )
    saved.add_argument("--plan", type=Path, metavar="FILE", help="apply this plan, if its state is still the same")
    options = parser.parse_args(arguments)
    try:
        environment = find_project().environment(os.environ.get("ENVIRONMENT", SANDBOX))
        folder = _folder(options.stack)
        _require_deployable(environment, folder)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_INPUT
    question = f"Apply {options.stack} to environment {environment.name}, account {environment.account_id}? (yes/no) "
    try:
        if options.save_plan is not None:
            return _save(folder, options.save_plan.resolve())
        return _apply(folder, options.plan, confirmed=lambda: options.yes or confirmed_by(ask, question))
    except PlanError as error:
        sys.stderr.write(f"the plan of {options.stack} {error}\n")
        return WRONG_INPUT
    except FileNotFoundError:
        sys.stderr.write("terraform is not on PATH; install Terraform 1.10 or later\n")
        return FAILED
    except TerraformFailedError:
        return FAILED


def confirmed_by(ask: Callable[[str], str], question: str) -> bool:
    """Whether the answer is yes; where nobody can answer, it is no."""
    try:
        return ask(question).strip().lower() == "yes"
    except EOFError:
        return False


def _folder(stack: str) -> Path:
    stacks = Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out")) / "stacks"
    names = [path.parent.name for path in stacks.glob("*/cdk.tf.json")]
    if stack in names:
        return stacks / stack
    fix = suggestion(stack, names, label="synthesized") if names else "run `make synth` first"
    raise ConfigurationError([Problem(subject=f"stack {stack!r}", message="there is no such stack", fix=fix)])


def _require_deployable(environment: Environment, folder: Path) -> None:
    """Refuses what cannot end well, before Terraform or AWS is asked."""
    document = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    synthesized_for = document["provider"]["aws"][0]["default_tags"][0]["tags"]["Environment"]
    subject, name = f"environment {environment.name!r}", environment.name
    problems: list[Problem] = []
    if synthesized_for != name:
        message = f"{folder} was synthesized for environment {synthesized_for!r}"
        problems.append(Problem(subject=subject, message=message, fix=f"run `make synth ENVIRONMENT={name}`"))
    if environment.documentation_account:
        message = f"account_id {environment.account_id} is one of AWS's documentation, and nobody's"
        fix = f"put your account_id, zone_name and state_bucket into environments/{name}.toml"
        problems.append(Problem(subject=subject, message=message, fix=fix))
    if name == SANDBOX and "AWS_ENDPOINT_URL" not in os.environ:
        others = ", ".join(other for other in find_project().environment_names() if other != SANDBOX)
        fix = f"choose one with ENVIRONMENT: {others}; `make up` deploys this one"
        problems.append(Problem(subject=subject, message="it is the AWS emulator's and has no account", fix=fix))
    if problems:
        raise ConfigurationError(problems)


def _apply(folder: Path, saved: Path | None, *, confirmed: Callable[[], bool]) -> int:
    """Plans, unless there is a saved plan, judges and applies; its own plan goes, because it may hold secrets."""
    with tempfile.TemporaryDirectory(prefix="colonnade-plan-") as scratch:
        plan = saved.resolve() if saved is not None else Path(scratch) / "plan"
        _init(folder)
        if saved is None and not _plan(folder, plan):
            return APPLIED
        if not _legal(_shown(folder, plan)):
            return ILLEGAL_STEP
        if not confirmed():
            sys.stderr.write("Nothing is applied.\n")
            return FAILED
        _terraform(folder, "apply", "-input=false", str(plan))
    return APPLIED


def _save(folder: Path, plan: Path) -> int:
    """Leaves a file only where there is something to apply that may be applied."""
    _init(folder)
    changes = _plan(folder, plan)
    document = _shown(folder, plan) if changes else ""
    legal = not changes or _legal(document)
    if changes and legal:
        plan.with_name(f"{plan.name}.json").write_text(document, encoding="utf-8")
    else:
        plan.unlink()
    return APPLIED if legal else ILLEGAL_STEP


def _init(folder: Path) -> None:
    # The folder may have been used for another environment, whose state stays where it is.
    _terraform(folder, "init", "-input=false", "-reconfigure")


def _plan(folder: Path, plan: Path) -> bool:
    """Whether there is something to change."""
    options = ("-input=false", "-detailed-exitcode", f"-out={plan}")
    return _terraform(folder, "plan", *options, success=(_NO_CHANGES, _CHANGES)) == _CHANGES


def _legal(document: str) -> bool:
    """Whether the plan's migration step may be applied; what stands against it is told."""
    problems = tuple(plan_problems(json.loads(document)))
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return not problems


def _terraform(folder: Path, command: str, *options: str, success: tuple[int, ...] = (0,)) -> int:
    color = () if sys.stdout.isatty() else ("-no-color",)
    # The user's Terraform, from PATH.
    process = subprocess.Popen(["terraform", command, *color, *options], cwd=folder)  # noqa: S607
    status: int | None = None
    while status is None:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            continue  # Terraform has got it as well, and ends by itself, without leaving its state locked.
    if status not in success:
        raise TerraformFailedError
    return status


def _shown(folder: Path, plan: Path) -> str:
    ended = subprocess.run(
        ["terraform", "show", "-json", str(plan)],  # noqa: S607
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise TerraformFailedError
    return ended.stdout


if __name__ == "__main__":
    raise SystemExit(main())
