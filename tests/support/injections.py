"""Injections of faults into a `Trial`: into its program, its task definition, its target group or its secrets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.trials import Trial

LISTENING = "server = http.server.ThreadingHTTPServer"
"""The beginning of the statement from which on the program listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. It is seen in the API as soon as `shown` returns True."""

    name: str
    truth: str
    inject: Callable[[Trial], None]
    shown: Callable[[Trial], bool] = Trial.rolled_back
    first: bool = False


def changed(old: str, new: str) -> Callable[[Trial], None]:
    """Return an injection that edits the program and deploys it."""

    def inject(trial: Trial) -> None:
        trial.edit(old, new)
        trial.deploy()

    return inject


def at_start(*statements: str) -> Callable[[Trial], None]:
    """Return an injection of statements that run before the program listens."""
    return changed(LISTENING, "\n".join([*statements, LISTENING]))


def at_health_check(*statements: str) -> Callable[[Trial], None]:
    """Return an injection of the statements that answer a health check."""
    indent = "\n            "
    return changed(f"HEALTH_PATH:{indent}status = 200", indent.join(["HEALTH_PATH:", *statements]))


def container(**changes: Any) -> Callable[[Trial], None]:
    """Return an injection that deploys other keys of the container definition."""

    def inject(trial: Trial) -> None:
        trial.container.update(changes)
        trial.deploy()

    return inject


def beside(name: str, *command: str, essential: bool, first: bool = False) -> Callable[[Trial], None]:
    """Return an injection of a second container with the same image and another command."""

    def inject(trial: Trial) -> None:
        kept = ("image", "workingDirectory", "logConfiguration")
        other = {"name": name, "essential": essential, "command": list(command)}
        trial.definition["containerDefinitions"].append({**{key: trial.container[key] for key in kept}, **other})
        if first:
            trial.container["dependsOn"] = [{"containerName": name, "condition": "SUCCESS"}]
        trial.deploy()

    return inject


def target_group(**changes: Any) -> Callable[[Trial], None]:
    """Return an injection that changes the health check of the target group. It deploys nothing."""

    def inject(trial: Trial) -> None:
        trial.client("elbv2").modify_target_group(TargetGroupArn=trial.target_group, **changes)

    return inject


def secret_from(value_from: Callable[[Trial], str]) -> Callable[[Trial], None]:
    """Return an injection that deploys another `valueFrom` of the secret."""

    def inject(trial: Trial) -> None:
        trial.container["secrets"] = [{"name": "TOKEN", "valueFrom": value_from(trial)}]
        trial.deploy()

    return inject
