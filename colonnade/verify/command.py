"""The check of an account before an apply: environment -> needs -> credentials -> calls in parallel -> a line for each.

The working directory is the project's root. AWS_ENDPOINT_URL selects an AWS emulator instead.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from colonnade.apply.identity import aws_errors, open_session
from colonnade.apply.stack import load_environment
from colonnade.model import naming
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.migration.settings import OVERRIDE
from colonnade.model.resolved import Resolved
from colonnade.project import Project
from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.parallel import complete
from colonnade.terminal.progress import Progress, Step
from colonnade.verify import domain_needs, environment_needs, task_needs
from colonnade.verify.need import Need, Result, check
from colonnade.verify.reader import Reader

_NOT_IN_THE_SANDBOX = (task_needs.images, task_needs.keys)
"""The sandbox pulls no images and decrypts nothing."""
KINDS: tuple[Callable[[Resolved], Iterator[Need]], ...] = (
    domain_needs.zone_roles,
    domain_needs.hosted_zones,
    domain_needs.certificates,
    domain_needs.listeners,
    environment_needs.web_acls,
    environment_needs.permissions_boundaries,
    environment_needs.role_names,
    environment_needs.networks,
    environment_needs.clusters,
    environment_needs.prefix_lists,
    environment_needs.security_groups,
    task_needs.images,
    task_needs.secrets,
    task_needs.parameters,
    task_needs.keys,
)
"""The kinds of things that a deployment needs."""


def verify(stack: str, environment: str) -> int:
    """Print a line for each thing that the stack needs in the account, and return WRONG_INPUT if one has a problem."""
    root = Path.cwd()
    target = load_environment(environment, root)
    needs = tuple(_needs(stack, target, Project(root=root)))
    session = open_session(target)
    sys.stderr.write(f"AWS account {target.account_id} as {session.caller}\n")
    results = checked(needs, Reader(session))
    sys.stdout.write("".join(f"{each}\n" for each in results))
    sys.stdout.write(f"{_summary(stack, results)}\n")
    return ExitStatus.WRONG_INPUT if any(each.faults for each in results) else ExitStatus.OK


def needs_of(deployment: Resolved) -> Iterator[Need]:
    """Yield everything that a deployment needs, apart from the bucket of its state."""
    for kind in KINDS:
        if deployment.environment != SANDBOX or kind not in _NOT_IN_THE_SANDBOX:
            yield from kind(deployment)


def checked(needs: Sequence[Need], reader: Reader) -> list[Result]:
    """Return the result of each need, in their order; raises AwsError if AWS cannot be read."""
    progress = Progress(Console(stderr=True))
    with progress.step("Reading the account", counted="things") as step, aws_errors():
        step.expect(len(needs))
        return complete(_all(needs, reader, step))


async def _all(needs: Sequence[Need], reader: Reader, step: Step) -> list[Result]:
    def work(need: Need) -> Result:
        step.begin(need.subject, "reading")
        result = check(need, reader)
        step.end(need.subject, counted_as="read")
        return result

    return await asyncio.gather(*(asyncio.to_thread(work, need) for need in needs))


def _needs(stack: str, environment: Environment, project: Project) -> Iterator[Need]:
    if stack != naming.STATE_BACKEND_STACK:
        yield environment_needs.state_bucket(environment)
    if stack not in naming.RESERVED_STACK_NAMES:
        found = project.resolve(environment.name, migration_phase=os.environ.get(OVERRIDE))
        yield from needs_of(next(each for each in found if each.name == stack))


def _summary(stack: str, results: Sequence[Result]) -> str:
    problems = sum(len(each.faults) for each in results)
    unchecked = sum(each.unchecked is not None for each in results)
    counted = f"{problems} problem{'' if problems == 1 else 's'}" if problems else "No problems"
    return f"{counted}: {stack} needs {len(results)} thing{'' if len(results) == 1 else 's'}, {unchecked} not checked"
