"""The beginning of plan, apply and destroy: Terraform's version -> synthesis -> credentials -> the state's bucket."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from colonnade.apply import states
from colonnade.apply.identity import AwsSession, open_session
from colonnade.apply.stack import Stack, load_environment, synthesize
from colonnade.apply.terraform import Terraform
from colonnade.terminal.processes import Children

Ask = Callable[[str], str]
"""A function that prints a question and returns the user's answer, such as `input`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A stack that is ready to be planned, applied or destroyed in its account."""

    stack: Stack
    session: AwsSession
    terraform: Terraform

    def scratch(self, name: str) -> Path:
        """Return the path of a file in the command's temporary folder."""
        return self.terraform.scratch / name

    @property
    def target(self) -> str:
        """The environment and its account, as confirmations name them."""
        environment = self.stack.environment
        return f"environment {environment.name}, account {environment.account_id}"


@contextmanager
def begin(stack_name: str, environment_name: str) -> Iterator[Operation]:
    """Check everything that can be checked before AWS is changed. Call it in the main thread. Raises ColonnadeError."""
    root = Path.cwd()
    environment = load_environment(environment_name, root)
    with Children() as children:
        terraform = Terraform(children)
        terraform.require_version()
        say(f"Synthesizing environment {environment_name}")
        stack = synthesize(stack_name, environment, root=root, children=children)
        say("Checking the AWS credentials")
        session = open_session(environment)
        say(f"AWS account {environment.account_id} as {session.caller}")
        states.require_bucket(stack, session)
        yield Operation(stack=stack, session=session, terraform=terraform)


def confirmed(ask: Ask, question: str, *, yes: bool) -> bool:
    """Return True if the user answers yes or if `yes` is set, which skips the question.

    The end of standard input counts as no.
    """
    if yes:
        return True
    try:
        return ask(f"{question} (yes/no) ").strip().lower() == "yes"
    except (EOFError, RuntimeError):  # a closed standard input is a RuntimeError
        return False


def say(text: str) -> None:
    """Print a line of progress, apart from Terraform's output."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
