"""Checkov on synthesized stacks: each cdk.tf.json -> the form that checkov can read -> the finding of every check.

The input is synthesized JSON and not a plan. In a plan, ARNs are unknown, so checkov would not read the policies that
name one, nor `lifecycle` and data sources. A plan also takes a minute and an emulator. Checkov runs without a network
and without the user's settings and credentials.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

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
        findings = sorted(_findings(_run(executable, Path(scratch)), documents))
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


def _run(executable: Path, folder: Path) -> Any:
    """Return checkov's report, made with a folder as its home, so that no settings or keys of the user affect it."""
    ended = subprocess.run(
        [
            *(executable, "--directory", ".", "--framework", "terraform_json"),
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
    if ended.returncode != 0 or not isinstance(report, dict) or report.get("results", {}).get("parsing_errors"):
        last_lines = (ended.stderr or ended.stdout).strip().splitlines()[-_SHOWN_LINES:]
        raise ScanError(
            "\n".join([f"checkov ended with {ended.returncode} and did not read every stack:", *last_lines])
        )
    return report


def _findings(report: Mapping[str, Any], documents: Mapping[str, Any]) -> Iterator[Finding]:
    addresses = {name: dict(_addresses(document)) for name, document in documents.items()}
    results: Mapping[str, Sequence[Mapping[str, Any]]] = report.get("results", {})
    for list_, passed in (("passed_checks", True), ("failed_checks", False)):
        for record in results.get(list_, ()):
            stack, block = record["file_path"].strip("/").split("/")[0], record["resource"]
            yield Finding(
                stack=stack,
                check=record["check_id"],
                # Checkov names a resource by its type or by the word `resource`, and always ends with its id.
                address=addresses[stack].get(block.rsplit(".", 1)[-1], block),
                claim=record["check_name"],
                passed=passed,
            )


def _addresses(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the id and address of each resource and data source; in CDKTF's output ids are unique in a stack."""
    for block, start in (("data", "data."), ("resource", "")):
        for kind, bodies in document.get(block, {}).items():
            for id_ in bodies:
                yield id_, f"{start}{kind}.{id_}"
