"""Checkov on synthesized stacks: each cdk.tf.json -> the form that checkov can read -> the finding of every check.

Checkov reads the Terraform files beside the JSON unchanged. It reads synthesized JSON rather than a plan, for two
reasons. In a plan, ARNs are unknown, so checkov cannot evaluate policies that contain one, and `lifecycle` and data
sources are missing. A plan also takes a minute and needs an emulator. Checkov runs without a network and without the
user's settings and credentials.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from colonnade.model.terraform_files import resource_addresses
from colonnade.scan.findings import Finding, ScanError

_OWN = Path("tools", "checkov", ".venv", "bin", "checkov")
_FILE = "cdk.tf.json"
_SHOWN_LINES = 15
_UNREADABLE = ("terraform", "moved")


def find_executable(root: Path) -> Path:
    """Return the checkov that `make scan` installs into a project, otherwise the one on PATH; raises ScanError."""
    if (root / _OWN).is_file():
        return root / _OWN
    on_path = shutil.which("checkov")
    if on_path is None:
        raise ScanError("checkov is not installed: run `make scan`, which installs it, or put it on PATH")
    return Path(on_path)


def scan(synthesized: Path, executable: Path) -> list[Finding]:
    """Return the findings of every stack below `synthesized`, sorted; raises ScanError if a stack was not read."""
    documents = _documents(synthesized)
    with tempfile.TemporaryDirectory(prefix="colonnade-scan-") as scratch:
        for name, document in documents.items():
            path = Path(scratch) / name / _FILE
            path.parent.mkdir()
            path.write_text(json.dumps(_readable(document)), encoding="utf-8")
            for file in _files(synthesized / "stacks" / name):
                shutil.copy(file, path.parent)
        results = _run(executable, Path(scratch))
    addresses = {name: _addresses(document, synthesized / "stacks" / name) for name, document in documents.items()}
    findings = sorted(finding for each in results for finding in _findings(each, addresses))
    unread = documents.keys() - {finding.stack for finding in findings}
    if unread:
        raise ScanError(f"checkov evaluated no check for: {', '.join(sorted(unread))}")
    return findings


def _documents(synthesized: Path) -> dict[str, Any]:
    paths = sorted(synthesized.glob(f"stacks/*/{_FILE}"))
    if not paths:
        raise ScanError(f"{synthesized} has no stacks/NAME/{_FILE}")
    try:
        return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    except ValueError as error:
        raise ScanError(f"{synthesized} has a stack that is not JSON: {error}") from error


def _files(stack: Path) -> list[Path]:
    """Return the Terraform files beside a stack's JSON."""
    return sorted(stack.glob("*.tf"))


def _readable(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document in the form that checkov 3.3 can read.

    Checkov rejects the whole file at `terraform.required_version`, a string where it expects a block, and at `moved`, a
    list; it has no checks of either. Its checks of containers skip definitions that are a string, as in Terraform's
    JSON. They also read false as true, because checkov puts every value of a block into a list. False values are
    therefore left out; ECS's default is false too.
    """
    read = {key: value for key, value in document.items() if key not in _UNREADABLE}
    readable: dict[str, Any] = json.loads(json.dumps(read))
    for body in readable.get("resource", {}).get("aws_ecs_task_definition", {}).values():
        containers = json.loads(body["container_definitions"])
        body["container_definitions"] = [
            {key: value for key, value in container.items() if value is not False} for container in containers
        ]
    return readable


def _run(executable: Path, folder: Path) -> list[Mapping[str, Any]]:
    """Return checkov's results by language, with `folder` as its home, so that no settings of the user affect it."""
    frameworks = ("terraform_json", "terraform") if any(folder.glob("*/*.tf")) else ("terraform_json",)
    ended = subprocess.run(
        [
            *(executable, "--directory", ".", "--framework", *frameworks),
            *("--skip-download", "--soft-fail", "--compact", "--output", "json"),
        ],
        cwd=folder,
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LOG_LEVEL": "ERROR",
            "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report = json.loads(ended.stdout)
    except ValueError:
        report = None
    # With results for both Terraform JSON and .tf files, the report is a list.
    results = [each.get("results", {}) for each in (report if isinstance(report, list) else [report]) if each]
    if ended.returncode != 0 or not results or any(each.get("parsing_errors") for each in results):
        last_lines = (ended.stderr or ended.stdout).strip().splitlines()[-_SHOWN_LINES:]
        raise ScanError(
            "\n".join([f"checkov ended with {ended.returncode} and did not read every stack:", *last_lines])
        )
    return results


def _findings(results: Mapping[str, Any], addresses: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    for list_, passed in (("passed_checks", True), ("failed_checks", False)):
        for record in results.get(list_, ()):
            stack, block = record["file_path"].strip("/").split("/")[0], record["resource"]
            # In JSON, checkov names a resource by its type or by the word `resource`, and always ends with its id.
            id_ = block if record["file_path"].endswith(".tf") else block.rsplit(".", 1)[-1]
            yield Finding(
                stack=stack,
                check=record["check_id"],
                address=addresses[stack].get(id_, block),
                claim=record["check_name"],
                passed=passed,
            )


def _addresses(document: Mapping[str, Any], stack: Path) -> dict[str, str]:
    """Return the address of each resource and data source by checkov's name for it.

    For a resource in JSON, checkov's name ends with the id, which CDKTF makes unique. For one in a Terraform file, it
    is the address without `data.`.
    """
    found: dict[str, str] = {}
    for block, start in (("data", "data."), ("resource", "")):
        for kind, bodies in document.get(block, {}).items():
            found |= {id_: f"{start}{kind}.{id_}" for id_ in bodies}
    for file in _files(stack):
        addresses = resource_addresses(file.read_text(encoding="utf-8"))
        found |= {address.removeprefix("data."): address for address in addresses}
    return found
