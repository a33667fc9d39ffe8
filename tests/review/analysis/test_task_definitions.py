"""Claims about revisions: the description of differences, with names of variables but never their values."""

from __future__ import annotations

import json
from typing import Any

from colonnade.review.analysis.task_definitions import is_revision, revision_differences
from colonnade.review.markdown.revision_lines import revision_line
from tests.support.plan_documents import change, changes

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
    assert _reported(_values(one), _values(one, {"name": "proxy"})) == ["container `proxy`: added"]


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
    assert _reported(_values({"name": "a"}), {}, unknown={"container_definitions": True}) == [
        "container definitions (known after apply)"
    ]
