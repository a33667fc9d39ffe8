"""The phases of a migration: a folder of synthesized stacks for each, and shares in listener rules."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

from colonnade.terminal.processes import start
from colonnade.terminal.progress import Progress
from colonnade_sandbox.control_plane.snapshot import ForwardAction, ListenerRule, LoadBalancer
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.project import Project
from colonnade_sandbox.synthesized import SANDBOX, Stack, read_stack, require_sandbox

PHASES = ("monolith", "attached", "canary", "cutover", "retired")
"""One step leads from each to the next one or to the one before."""


def read_phases(folder: Path, deployment: str) -> dict[str, Stack]:
    """The deployment's stack in each phase, from `folder`/PHASE/stacks; raises `SandboxError` when one is missing."""
    stacks = {phase: read_stack(folder / phase, deployment) for phase in PHASES}
    for stack in stacks.values():
        require_sandbox(stack)
    return stacks


def synthesize_phases(project: Project, progress: Progress) -> Path:
    """Have the project's app synthesize each phase, as CDKTF calls it; return the folder of the phases.

    Raises SandboxError with the app's output when it fails.
    """
    folder = project.scratch / "phases"
    app = shlex.split(project.app())
    with progress.step("Synthesizing the phases"):
        for phase in PHASES:
            variables = {"ENVIRONMENT": SANDBOX, "MIGRATION_PHASE": phase, "CDKTF_OUTDIR": str(folder / phase)}
            process = start(
                app,
                folder=project.root,
                environment={**os.environ, **variables},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            output, _ = process.communicate()
            if process.returncode != 0:
                raise SandboxError(f"phase {phase!r} could not be synthesized:\n{output.strip()}")
    return folder


def microservices_percent(load_balancers: Iterable[LoadBalancer]) -> int:
    """What the listener rules give to microservices, in percent; 0 where no rule shares.

    A rule that shares has two target groups: the monolith's, which is the same in all of them, and a microservice's.
    Raises ValueError when the rules give different shares.
    """
    sharing = [action for rule in _rules(load_balancers) if (action := _sharing(rule)) is not None]
    if not sharing:
        return 0
    everywhere = set.intersection(*({group.target_group_arn for group in action.target_groups} for action in sharing))
    shares = {_percent_outside(action, everywhere) for action in sharing}
    if len(shares) > 1:
        raise ValueError(f"the listener rules give microservices different shares: {sorted(shares)}")
    return shares.pop()


def _rules(load_balancers: Iterable[LoadBalancer]) -> Iterable[ListenerRule]:
    return (rule for balancer in load_balancers for listener in balancer.listeners for rule in listener.rules)


def _sharing(rule: ListenerRule) -> ForwardAction | None:
    return rule.action if isinstance(rule.action, ForwardAction) and len(rule.action.target_groups) > 1 else None


def _percent_outside(action: ForwardAction, monolith: set[str]) -> int:
    total = sum(group.weight for group in action.target_groups)
    outside = sum(group.weight for group in action.target_groups if group.target_group_arn not in monolith)
    return round(100 * outside / total) if total else 0
