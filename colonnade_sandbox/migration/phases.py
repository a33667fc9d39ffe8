"""The phases of a migration: a folder of synthesized stacks for each, and the shares in their listener rules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from colonnade_sandbox.control_plane.snapshot import ForwardAction, ListenerRule, LoadBalancer
from colonnade_sandbox.synthesized import Stack, read_stack, require_sandbox

PHASES = ("monolith", "attached", "canary", "cutover", "retired")
"""The phases in order. One step leads from a phase to the next or to the previous one."""


def read_phases(folder: Path, deployment: str) -> dict[str, Stack]:
    """Return the deployment's stack in each phase, from `folder`/PHASE/stacks. Raises WrongInputError."""
    stacks = {phase: read_stack(folder / phase, deployment) for phase in PHASES}
    for stack in stacks.values():
        require_sandbox(stack)
    return stacks


def microservices_percent(load_balancers: Iterable[LoadBalancer]) -> int:
    """Return the microservices' share in the listener rules, in percent; 0 if no rule has two target groups.

    A rule with two target groups divides requests between the monolith and a microservice. The target group that all
    these rules have in common is the monolith's. Raises ValueError if the rules give different shares.
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
