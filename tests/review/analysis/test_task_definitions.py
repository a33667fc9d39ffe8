"""Claims about revisions: the description of differences, with names of variables but never their values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.review.analysis.task_definitions import is_revision, revision_differences
from colonnade.review.markdown.revision_lines import revision_line
from tests.support.plan_documents import change, changes, review

ADDRESS = "aws_ecs_task_definition.orders"
REPLACED = ["delete", "create"]


def _values(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"skip_destroy": True, "container_definitions": json.dumps(containers), **more}


def _reported(before: dict[str, Any], after: dict[str, Any], **more: Any) -> list[str]:
    (read,) = changes(change(ADDRESS, before, after, actions=REPLACED, **more))
    return [revision_line(difference) for difference in revision_differences(read)]


def test_replacement_is_a_revision_only_with_skip_destroy() -> None:
    kept, lost = changes(
        change(ADDRESS, _values(), _values(), actions=REPLACED),
        change(ADDRESS, {"skip_destroy": False}, {}, actions=REPLACED),
    )
    assert is_revision(kept)
    assert not is_revision(lost)


def test_changes_of_image_variables_secrets_and_ports_are_described() -> None:
    before = {
        "name": "orders",
        "image": "registry/orders:1",
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}],
        "secrets": [],
        "portMappings": [{"containerPort": 80}],
        "stopTimeout": 30,
    }
    after = {
        "name": "orders",
        "image": "registry/orders:2",
        "environment": [{"name": "B", "value": "2"}, {"name": "C", "value": "3"}],
        "secrets": [{"name": "PASSWORD", "valueFrom": "arn:x"}],
        "portMappings": [{"containerPort": 81}],
        "stopTimeout": 60,
    }
    assert _reported(_values(before), _values(after)) == [
        "image `1` → `2`",
        "environment + `C`, - `A`, `B` changed",
        "secrets + `PASSWORD`",
        "port 80 → 81",
        "stopTimeout `30` → `60`",
    ]


def test_changes_of_repository_digest_and_containers_are_described() -> None:
    one = {"name": "app", "image": "host:5000/orders@sha256:aa"}
    assert _reported(_values(one), _values({**one, "image": "host:5000/orders@sha256:bb"})) == [
        "image `sha256:aa` → `sha256:bb`"
    ]
    assert _reported(_values(one), _values({**one, "image": "host:5000/other:1"})) == [
        "image `orders@sha256:aa` → `other:1`"
    ]
    pinned = {**one, "image": f"host:5000/orders:2@sha256:{'0123456789abcdef' * 4}"}
    assert _reported(_values({**one, "image": "host:5000/orders:1"}), _values(pinned)) == [
        "image `orders:1` → `orders:2@sha256:0123456789ab…`"
    ]
    added = _reported(_values(one), _values(one, {"name": "proxy", "image": "ghcr.io/proxy:1"}))
    assert added == ["container `proxy`: added, image `ghcr.io/proxy:1`"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1.dkr.ecr.eu-west-1.amazonaws.com/orders:1", "2.dkr.ecr.eu-west-1.amazonaws.com/orders:1"),
        ("ghcr.io/team/orders@sha256:aa", "ghcr.io/other/orders@sha256:aa"),
        ("orders:1", "docker.io/evil/orders:1"),
    ],
)
def test_image_of_another_registry_is_shown_with_its_registry(before: str, after: str) -> None:
    sides = [_values({"name": "orders", "image": image}) for image in (before, after)]
    assert _reported(*sides) == [f"image `{before}` → `{after}`"]


@pytest.mark.parametrize(
    ("name", "before", "after", "shown"),
    [
        ("pid_mode", "", "host", "`pid_mode` `` → `host`"),
        ("ipc_mode", "task", "host", "`task` → `host`"),
        ("proxy_configuration", [], [{"type": "APPMESH"}], "APPMESH"),
        ("placement_constraints", [{"expression": "a"}], [{"expression": "b"}], "`a` → `b`"),
        (
            "runtime_platform",
            [{"operating_system_family": "LINUX"}],
            [{"operating_system_family": "WINDOWS_SERVER_2022_CORE"}],
            "operating system `LINUX` → `WINDOWS_SERVER_2022_CORE`",
        ),
        ("skip_destroy", True, False, "`true` → `false`"),
        ("any_new_argument", None, "x", "none → `x`"),
    ],
)
def test_every_argument_of_a_task_definition_is_described(name: str, before: Any, after: Any, shown: str) -> None:
    sides = [{**_values({"name": "orders"}), name: value} for value in (before, after)]
    (found,) = _reported(*sides)
    assert shown.removeprefix("`pid_mode` `` ") in found


def test_update_of_a_task_definition_in_place_is_described() -> None:
    report = review(change(ADDRESS, {"skip_destroy": True}, {"skip_destroy": False}))
    assert "\n  - skip\\_destroy `true` → `false`\n" in report


def test_other_parts_of_a_port_mapping_are_described_and_defaults_of_aws_are_noise() -> None:
    sides = [{"name": "a", "portMappings": [{"containerPort": 80, **more}]} for more in ({}, {"protocol": "udp"})]
    (found,) = _reported(*map(_values, sides))
    assert '"udp"' in found
    state = {"name": "a", "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]}
    assert _reported(_values(state), _values(sides[0])) == []


def test_capabilities_and_privileges_are_described() -> None:
    before = {"name": "orders", "linuxParameters": {"capabilities": {"add": []}}}
    after = {"name": "orders", "linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"]}}, "privileged": True}
    found = _reported(_values(before), _values(after))
    assert found[0].endswith('`{"capabilities": {"add": ["SYS_PTRACE"]}}`')
    assert found[1] == "privileged none → `true`"


def test_size_and_architecture_are_described_and_unknown_roles_are_omitted() -> None:
    before = _values(cpu="256", memory="512", task_role_arn="a")
    after = _values(cpu="512", memory="512", runtime_platform=[{"cpu_architecture": "ARM64"}])
    assert _reported(before, after, unknown={"task_role_arn": True}) == [
        "CPU units `256` → `512`",
        "architecture `X86_64` → `ARM64`",
    ]


def test_sensitive_and_unknown_containers_have_placeholders() -> None:
    hidden = {"container_definitions": True}
    assert _reported(_values({"name": "a"}), _values({"name": "b"}), sensitive=hidden) == [
        "container definitions (sensitive)"
    ]
    assert _reported(_values({"name": "a"}), {"skip_destroy": True}, unknown={"container_definitions": True}) == [
        "container definitions (known after apply)"
    ]
