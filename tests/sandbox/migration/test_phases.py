"""The microservices' share in listener rules, and the contents of a folder of phases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from colonnade.model.migration.phases import ORDER
from colonnade_sandbox.control_plane.snapshot import Action, LoadBalancer
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.migration.phases import PHASES, microservices_percent, read_phases
from tests.support.load_balancer_snapshots import BASE, forward, listener, path_rule, snapshot


def _balancers(*actions: Action) -> tuple[LoadBalancer, ...]:
    rules = [path_rule(number, f"/{number}", action=action) for number, action in enumerate(actions, start=1)]
    return snapshot(listener(*rules, default=forward(monolith=1))).load_balancers


@pytest.mark.parametrize(("monolith", "micro", "percent"), [(100, 0, 0), (90, 10, 10), (1, 3, 75), (0, 100, 100)])
def test_the_share_is_the_weight_of_the_group_that_is_not_in_all_rules(monolith: int, micro: int, percent: int) -> None:
    shared = forward(monolith=monolith, users=micro), forward(threads=micro, monolith=monolith)
    assert microservices_percent(_balancers(*shared, BASE)) == percent


def test_without_rules_of_two_groups_the_microservices_share_is_0() -> None:
    assert microservices_percent(_balancers(forward(monolith=1), BASE)) == 0


def test_rules_with_different_shares_are_refused() -> None:
    with pytest.raises(ValueError, match=r"different shares: \[10, 100\]"):
        microservices_percent(_balancers(forward(monolith=90, users=10), forward(monolith=0, posts=100)))


def test_the_phases_are_those_of_the_model_in_its_order() -> None:
    assert PHASES == ORDER


def test_a_missing_phase_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="monolith has no stack 'message_board'"):
        read_phases(tmp_path, "message_board")


def test_a_phase_of_another_environment_is_refused(tmp_path: Path) -> None:
    for phase in PHASES:
        path = tmp_path / phase / "stacks" / "board" / "cdk.tf.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(_stack("dev" if phase == "retired" else "sandbox")))
    with pytest.raises(SandboxError, match="synthesized for environment 'dev'"):
        read_phases(tmp_path, "board")


def _stack(environment: str) -> object:
    provider = {
        "allowed_account_ids": ["123456789012"],
        "region": "eu-west-1",
        "default_tags": [{"tags": {"Environment": environment}}],
    }
    return {"provider": {"aws": [provider]}, "terraform": {"backend": {}}}
