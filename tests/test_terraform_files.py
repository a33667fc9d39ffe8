"""The Terraform files of a project: every refusal at once, by Terraform's own parser, and their copy in cdktf.out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import main as composition
from colonnade.cli import main
from colonnade.model.errors import Problem
from colonnade.model.terraform_files import resource_addresses
from colonnade.terminal.exit_status import ExitStatus
from colonnade.terraform_files import copy_terraform_files, terraform_file_problems
from tests.support.project import PROJECT
from tests.support.service_process import ROOT

BUCKET = 'resource "aws_s3_bucket" "invoices" {\n  bucket = "acme-invoices"\n}\n'
ALLOWED = (
    BUCKET + 'data "aws_default_tags" "current" {}\nresource "terraform_data" "x" {}\n'
    'terraform {\n  required_version = ">= 1.10"\n}\nmodule "m" {\n  source = "acme/invoices/aws"\n}\n'
)
REFUSED = {
    "override.tf": (BUCKET, {"": "override file"}),
    "network_override.tf": (BUCKET, {"": "override file"}),
    "backend.tf": ('terraform {\n  backend "s3" {}\n}\n', {":2": "sets a backend"}),
    "cloud.tf": ("terraform {\n  cloud {}\n}\n", {":2": "HCP Terraform"}),
    "providers.tf": (
        'provider "aws" {\n  region = "eu-west-1"\n}\nterraform {\n  required_providers {\n'
        '    random = {\n      source = "hashicorp/random"\n    }\n  }\n}\n',
        {":1": "configures provider 'aws'", ":5": "requires providers"},
    ),
    "other.tf": (
        'resource "random_id" "x" {}\ndata "http" "y" {}\n',
        {":1": "random_id.x needs provider 'random'", ":2": "data.http.y needs provider 'http'"},
    ),
    "module.tf": ('module "m" {\n  source = "./m"\n}\n', {":1": "module 'm' has source \"./m\""}),
    "broken.tf": ('resource "aws_s3_bucket" "a" {\n  bucket = "x"\n  acl\n}\n', {":3": "Argument or block definition"}),
    "latin.tf": ('locals {\n  a = "\xe9"\n}\n', {":2": "Invalid character encoding"}),
    "policy.json": ("{}", {"": "(*.tf)"}),
    "more.tf.json": ("{}", {"": "(*.tf)"}),
}
"""Each refused file of a folder: its content, and a part of the message by line."""


def _write(root: Path, name: str, content: str) -> Path:
    file = root / "deployments" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="latin-1")
    return file


@pytest.mark.terraform
def test_every_refused_file_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    _write(tmp_path, "shop.tf/fine.tf", ALLOWED)
    for name, (content, _) in REFUSED.items():
        _write(tmp_path, f"shop.tf/{name}", content)
    _write(tmp_path, "shop.tf/nested/x.tf", BUCKET)
    _write(tmp_path, "shap.tf/x.tf", BUCKET.removesuffix("}\n"))
    _write(tmp_path, "invoices.tf", BUCKET)
    (tmp_path / "deployments" / "shop.tf" / "gone.tf").symlink_to(tmp_path / "nowhere")
    found = {each.subject: each for each in terraform_file_problems(tmp_path, ["shop", "board"])}
    expected = {
        f"deployments/shop.tf/{name}{line}": message
        for name, (_, problems) in REFUSED.items()
        for line, message in problems.items()
    } | {
        "deployments/shop.tf/nested": "is a folder",
        "deployments/shop.tf/gone.tf": "cannot be read: No such file",
        "deployments/shap.tf": "no deployment 'shap'",
        "deployments/shap.tf/x.tf:1": "Unclosed configuration block",
        "deployments/invoices.tf": "is a file beside",
    }
    assert found.keys() == expected.keys()
    assert [each for subject, each in found.items() if expected[subject] not in each.message] == []
    assert found["deployments/shap.tf"].fix == "did you mean 'shop'? declared: board, shop"


@pytest.mark.terraform
def test_allowed_files_and_those_that_terraform_ignores_have_no_problem(tmp_path: Path) -> None:
    _write(tmp_path, "shop.tf/fine.tf", ALLOWED)
    for name in (".hidden.tf", "fine.tf~", ".terraform/x", ".DS_Store"):
        _write(tmp_path, f"shop.tf/{name}", "{{{")
    assert list(terraform_file_problems(tmp_path, ["shop"])) == []
    assert list(resource_addresses(ALLOWED)) == [
        "aws_s3_bucket.invoices",
        "data.aws_default_tags.current",
        "terraform_data.x",
    ]


def test_without_terraform_the_language_is_not_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "deployments").mkdir()
    _write(tmp_path, "shop.tf/unseen.tf", 'provider "aws" {}\n} # of this test alone')
    (problem,) = terraform_file_problems(tmp_path, ["shop"])
    assert problem.message.startswith("configures provider 'aws'")


@pytest.mark.parametrize("script", ["#!/bin/sh\necho Segmentation fault >&2; exit 139\n", "no program"])
def test_a_broken_terraform_is_no_fault_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    (tmp_path / "terraform").write_text(script)
    (tmp_path / "terraform").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "deployments").mkdir()
    _write(tmp_path, "shop.tf/right.tf", f"{BUCKET}# {script[:4]} of this test alone\n")
    assert list(terraform_file_problems(tmp_path, ["shop"])) == []


@pytest.mark.terraform
def test_check_reports_them_with_the_problems_of_the_declarations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("cdktf.json", "environments"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "deployments", tmp_path / "deployments", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    _write(tmp_path, "services.tf/fine.tf", BUCKET)
    assert main(["check"]) == ExitStatus.OK
    capsys.readouterr()

    _write(tmp_path, "services.tf/wrong.tf", 'provider "aws" {}\n')
    services = tmp_path / "deployments" / "services.py"
    services.write_text(services.read_text().replace("container_port=", "container_prt=", 1))
    assert main(["check", "--json"]) == ExitStatus.WRONG_INPUT
    problems = json.loads(capsys.readouterr().out)["problems"]
    (own,) = [each for each in problems if each["subject"] == "deployments/services.tf/wrong.tf:1"]
    assert own["environments"] == list(PROJECT.environment_names())
    assert any("container_prt" in each["message"] for each in problems)
    assert not any("there is no deployment" in each["message"] for each in problems)


def _synthesized(folder: Path, *names: str) -> None:
    for name in names:
        (folder / "stacks" / name).mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"stacks": {name: {} for name in names}}))


def test_files_are_copied_beside_the_json_and_former_ones_are_removed(tmp_path: Path) -> None:
    out = tmp_path / "cdktf.out"
    _synthesized(out, "shop", "board", "state-backend")
    first, second = _write(tmp_path, "shop.tf/a.tf", BUCKET), _write(tmp_path, "shop.tf/b.tf", "")
    _write(tmp_path, "shop.tf/.hidden.tf", BUCKET)
    copy_terraform_files(tmp_path, out)
    assert [path.relative_to(out / "stacks").as_posix() for path in sorted(out.rglob("*.tf"))] == [
        "shop/a.tf",
        "shop/b.tf",
    ]
    first.write_text("# changed")
    second.unlink()
    copy_terraform_files(tmp_path, out)
    assert [path.read_text() for path in out.rglob("*.tf")] == ["# changed"]
    shutil.rmtree(first.parent)
    copy_terraform_files(tmp_path, out)
    assert list(out.rglob("*.tf")) == []


@pytest.mark.terraform
def test_main_copies_them_after_every_synthesis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cdktf.json", "environments"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "deployments", tmp_path / "deployments", ignore=shutil.ignore_patterns("__pycache__"))
    file = _write(tmp_path, "single_service.tf/invoices.tf", BUCKET)
    out = tmp_path / "cdktf.out"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(composition, "synthesize", lambda *_, **_options: _synthesized(out, "single_service"))
    assert composition.main() == 0
    assert (out / "stacks" / "single_service" / "invoices.tf").read_text() == BUCKET
    file.unlink()
    assert composition.main() == 0
    assert list((out / "stacks" / "single_service").iterdir()) == []


def test_a_problem_has_one_wording(tmp_path: Path) -> None:
    _write(tmp_path, "invoices.tf", BUCKET)
    assert list(terraform_file_problems(tmp_path, ["shop"])) == [
        Problem(
            subject="deployments/invoices.tf",
            message="is a file beside the deployments, in no stack",
            fix="move it into a folder with the name of its deployment: deployments/NAME.tf/invoices.tf",
        )
    ]
