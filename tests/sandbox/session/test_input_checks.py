"""Mistakes in a deployment's files are reported before anything starts, all at once, each with its fix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.input_checks import require_startable
from colonnade_sandbox.synthesized import Stack, read_stack
from colonnade_sandbox.tasks.image_catalog import ImageCatalog
from tests.support.sandbox_session import PROJECT_ROOT, write_project_stacks
from tests.support.small_stacks import DEPLOYMENT, write_small_stacks

CATALOG = """
[service3]
command = {command}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for folder in ("deployments", "service_apps/service3"):
        (tmp_path / "root" / folder).mkdir(parents=True)
    (tmp_path / "root/service_apps/service3/__main__.py").touch()
    return Project(root=tmp_path / "root")


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return read_stack(write_small_stacks(tmp_path / "synthesized"), DEPLOYMENT)


def problems(stack: Stack, project: Project, command: list[str], *, needs_requests: bool = False) -> str:
    project.image_catalog.write_text(CATALOG.format(command=json.dumps(command)))
    try:
        require_startable(stack, project, ImageCatalog.load(project.image_catalog), needs_requests=needs_requests)
    except WrongInputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (["python", "-m", "service_apps.service3"], ""),
        (["python", "-m", "http.server"], ""),
        (["sh", "-c", "sleep 1"], ""),
        (["python", "-m", "service_apps.servise3"], "its module 'service_apps.servise3' does not exist"),
        (["python", "service_apps/orders.py"], "its file 'service_apps/orders.py' does not exist"),
        (["/bin/sh", "run.js"], "its file 'run.js' does not exist"),
        (["bin/orders"], "its program 'bin/orders' does not exist"),
        (["service_apps/images.toml"], "its program 'service_apps/images.toml' is not executable; run `chmod +x "),
        (["nodejs-of-another-machine"], "its program 'nodejs-of-another-machine' is not on the PATH of the tasks"),
    ],
)
def test_a_command_that_cannot_be_executed_is_reported(
    stack: Stack, project: Project, command: list[str], fault: str
) -> None:
    found = problems(stack, project, command)
    assert fault in found
    assert bool(fault) == bool(found)


def test_every_mistake_is_reported_at_once(stack: Stack, project: Project) -> None:
    for name in ("smal.requests.toml", "payments.outside.toml"):
        (project.root / "deployments" / name).touch()
    document = json.loads(stack.path.read_text())
    task = document["resource"]["aws_ecs_task_definition"]["small"]
    task["container_definitions"] = task["container_definitions"].replace("service3:1", "servise3:1")
    stack.path.write_text(json.dumps(document))
    assert problems(stack, project, ["sh"], needs_requests=True).splitlines() == [
        "deployment 'small', container 'app': image 'registry/colonnade-sandbox-servise3:1' is not in "
        "service_apps/images.toml",
        "    add [colonnade-sandbox-servise3] with its command; did you mean 'service3'?",
        "deployments/smal.requests.toml: there is no deployment 'smal'",
        "    rename it to small.requests.toml, or remove it",
        "deployments/payments.outside.toml: there is no deployment 'payments'",
        "    deployments: small, or remove it",
        "deployment 'small' has no requests for the demo",
        "    write deployments/small.requests.toml, or run `colonnade sandbox up small`",
    ]


@pytest.mark.synth
def test_the_projects_own_deployments_have_no_mistake(tmp_path: Path) -> None:
    write_project_stacks(tmp_path)
    project = Project(root=PROJECT_ROOT)
    for name in ("services", "message_board", "shop", "product_user", "single_service"):
        images = ImageCatalog.load(project.image_catalog)
        require_startable(read_stack(tmp_path, name), project, images, needs_requests=True)
