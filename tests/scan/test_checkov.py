"""The scan with the real checkov: it reports insecure settings, and it never skips a stack silently.

All planted faults share one run, because checkov's start takes most of its time. `make check` makes the environment of
`tools/checkov`.
"""

from __future__ import annotations

import copy
import functools
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from colonnade.scan import checkov, command, skips
from colonnade.scan.findings import Finding, ScanError
from tests.support.synth import Stack, synthesized

ROOT = Path(__file__).parents[2]
EXECUTABLE = ROOT / "tools" / "checkov" / ".venv" / "bin" / "checkov"

Resources = dict[str, dict[str, Any]]
Plant = Callable[[Resources], object]


def _only(resources: Resources, kind: str, id_start: str = "") -> dict[str, Any]:
    return next(body for id_, body in resources[kind].items() if id_.startswith(id_start))


def _everything_allowed(resources: Resources) -> None:
    role_policy = _only(resources, "aws_iam_role_policy", "service1_")
    document = json.loads(role_policy["policy"])
    document["Statement"].append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    role_policy["policy"] = json.dumps(document)


def _privileged(resources: Resources) -> None:
    definition = _only(resources, "aws_ecs_task_definition", "service1_")
    containers = json.loads(definition["container_definitions"])
    containers[0]["readonlyRootFilesystem"] = False
    definition["container_definitions"] = json.dumps(containers)


def _open_ssh(resources: Resources) -> None:
    _only(resources, "aws_vpc_security_group_ingress_rule").update(from_port=22, to_port=22, cidr_ipv4="0.0.0.0/0")


PLANTED: dict[str, tuple[str, Plant]] = {
    "a policy that allows everything": ("CKV_AWS_62", _everything_allowed),
    "a container that can write to its root": ("CKV_AWS_336", _privileged),
    "a port opened to the internet": ("CKV_AWS_24", _open_ssh),
    "no flow log": ("CKV2_AWS_11", lambda all_: all_.pop("aws_flow_log")),
    "an open default security group": ("CKV2_AWS_12", lambda all_: all_.pop("aws_default_security_group")),
    "no web ACL": ("CKV2_AWS_28", lambda all_: all_.pop("aws_wafv2_web_acl_association")),
    "no access logs": ("CKV_AWS_91", lambda all_: _only(all_, "aws_lb").pop("access_logs")),
    "a load balancer without deletion protection": (
        "CKV_AWS_150",
        lambda all_: _only(all_, "aws_lb").update(enable_deletion_protection=False),
    ),
    "an old TLS policy": (
        "CKV_AWS_103",
        lambda all_: _only(all_, "aws_lb_listener", "ServicesLB_https").update(ssl_policy="ELBSecurityPolicy-2016-08"),
    ),
    "logs without a key": (
        "CKV_AWS_158",
        lambda all_: _only(all_, "aws_cloudwatch_log_group").pop("kms_key_id"),
    ),
    "a key that is never rotated": (
        "CKV_AWS_7",
        lambda all_: _only(all_, "aws_kms_key").update(enable_key_rotation=False),
    ),
    "a public bucket": (
        "CKV_AWS_54",
        lambda all_: _only(all_, "aws_s3_bucket_public_access_block").update(block_public_policy=False),
    ),
}
pytestmark = [pytest.mark.slow, pytest.mark.synth, pytest.mark.xdist_group("scan")]


OWN_FILE = """
data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}

resource "aws_s3_bucket" "invoices" {
  bucket = "acme-invoices"
}
"""


def _write(folder: Path, name: str, document: Any) -> None:
    path = folder / "stacks" / name / "cdk.tf.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))


def _planted(stack: Stack, plant: Plant) -> Any:
    document = copy.deepcopy(json.loads(stack.text))
    plant(document["resource"])
    return document


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    folder = tmp_path_factory.mktemp("scanned")
    stack = synthesized("prod")["services"]
    for name, (_, plant) in PLANTED.items():
        _write(folder, name.replace(" ", "-"), _planted(stack, plant))
    _write(folder, "own-file", json.loads(synthesized("prod")["state-backend"].text))
    (folder / "stacks" / "own-file" / "own.tf").write_text(OWN_FILE)
    for name, own in synthesized("prod").items():
        own.write(folder / "stacks" / name)
    return checkov.scan(folder, EXECUTABLE)


@functools.cache
def _skipped(finding: Finding) -> bool:
    return any(skip.matches(finding) for skip in skips.load(ROOT / skips.FILE))


def _failed(findings: list[Finding], stack: str) -> Iterator[Finding]:
    return (each for each in findings if each.stack == stack and not each.passed and not _skipped(each))


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_fails_its_check_at_its_address(findings: list[Finding], name: str) -> None:
    check, _ = PLANTED[name]
    failed = [each for each in _failed(findings, name.replace(" ", "-")) if each.check == check]
    assert failed
    assert {each.address for each in failed} <= set(synthesized("prod")["services"].addresses())


def test_a_terraform_file_beside_the_json_is_checked_too(findings: list[Finding]) -> None:
    failed = {(each.check, each.address) for each in _failed(findings, "own-file")}
    assert failed >= {("CKV2_AWS_6", "aws_s3_bucket.invoices"), ("CKV_AWS_1", "data.aws_iam_policy_document.all")}


def test_no_check_fails_in_production(findings: list[Finding]) -> None:
    stacks = synthesized("prod")
    assert [each for name in stacks for each in _failed(findings, name)] == []


def test_the_production_document_shows_the_printed_table(
    findings: list[Finding], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = [each for each in findings if each.stack in synthesized("prod")]
    monkeypatch.setattr(checkov, "scan", lambda _synthesized, _executable: own)
    assert command.scan_stacks(Path("cdktf.out"), ROOT) == 0
    document = (ROOT / "docs" / "production.md").read_text()
    assert f"\n{capsys.readouterr().out}```" in document


def test_every_skip_matches_a_failed_check(findings: list[Finding]) -> None:
    own = [each for each in findings if each.stack in synthesized("prod")]
    assert list(skips.unused(skips.load(ROOT / skips.FILE), own)) == []


def test_every_type_of_resource_with_a_policy_a_port_or_data_is_checked(findings: list[Finding]) -> None:
    seen = {each.address.split(".")[0] for each in findings}
    assert {
        *("aws_iam_role_policy", "aws_iam_role", "aws_kms_key", "aws_s3_bucket", "aws_s3_bucket_policy"),
        *("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule", "aws_security_group"),
        *("aws_lb", "aws_lb_listener", "aws_lb_target_group", "aws_ecs_task_definition", "aws_ecs_service"),
        *("aws_ecs_cluster", "aws_cloudwatch_log_group", "aws_vpc", "aws_subnet", "aws_ecr_repository"),
        "aws_acm_certificate",
    } <= seen


def test_it_uses_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        executable = tmp_path / "checkov"
        executable.write_text(f'#!/bin/sh\nHTTP_PROXY={address} HTTPS_PROXY={address} exec "{EXECUTABLE}" "$@"\n')
        executable.chmod(0o755)
        monkeypatch.setenv("BC_API_KEY", "a-users-key")
        _write(tmp_path, "state-backend", json.loads(synthesized("prod")["state-backend"].text))
        assert checkov.scan(tmp_path, executable)
        with pytest.raises(BlockingIOError):
            proxy.accept()


def test_a_stack_that_checkov_cannot_read_is_an_error_not_a_pass(tmp_path: Path) -> None:
    document = json.loads(synthesized("prod")["state-backend"].text)
    _write(tmp_path, "whole", document)
    _write(tmp_path, "broken", {**document, "locals": {"x": "y"}, "terraform2": {"a": "string where a block is"}})
    with pytest.raises(ScanError, match="checkov"):
        checkov.scan(tmp_path, EXECUTABLE)
