"""A project that uses the installed package: one deployment, one environment, a short `main.py`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.packages import ROOT, Installed, build, install

pytestmark = [pytest.mark.synth, pytest.mark.xdist_group("package")]

SETTINGS = {"language": "python", "app": "python main.py", "context": {"project": "stall"}}
DEPLOYMENT = """
from colonnade import Deployment, ForwardTo, Service

DEPLOYMENT = Deployment(
    name="fruit",
    default_action=ForwardTo(service="apples"),
    services=(Service(name="apples", path_prefix="/apples", container_port=8000),),
)
"""
MAIN = """
import os

from colonnade.modules.provider import cdktf
from colonnade.project import find_project
from colonnade.stacks.deployment_stack import DeploymentStack

app = cdktf.App(outdir=os.environ["CDKTF_OUTDIR"])
for deployment in find_project().resolve(os.environ["ENVIRONMENT"]):
    DeploymentStack(app, deployment=deployment)
app.synth()
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("package")
    return install(build(folder / "distributions").wheel, folder / "environment")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in ("deployments", "environments"):
        (root / name).mkdir(parents=True)
    sandbox = (ROOT / "environments" / "sandbox.toml").read_text(encoding="utf-8")
    files = {
        "cdktf.json": json.dumps(SETTINGS),
        "main.py": MAIN,
        "deployments/fruit.py": DEPLOYMENT,
        "environments/sandbox.toml": sandbox.partition("[images]")[0].replace("\nservices =", "\nfruit =")
        + '[images]\napples = "1.0.0"\n',
    }
    for name, text in files.items():
        (root / name).write_text(text.lstrip(), encoding="utf-8")
    return root


def test_check_reads_the_project_in_the_working_directory(installed: Installed, project: Path) -> None:
    done = installed.run("colonnade", "check", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 deployment in 1 environment (sandbox)" in done.stdout


def test_check_reports_a_problem_of_the_project_and_ends_with_2(installed: Installed, project: Path) -> None:
    deployment = project / "deployments" / "fruit.py"
    deployment.write_text(deployment.read_text().replace('"/apples"', '"apples"'))
    done = installed.run("colonnade", "check", cwd=project)
    assert done.returncode == 2
    assert "service 'apples'" in done.stdout + done.stderr


def test_synth_writes_its_stack_under_the_projects_name(installed: Installed, project: Path) -> None:
    done = installed.run("colonnade", "synth", cwd=project)
    assert done.returncode == 0, done.stderr
    (stack,) = (project / "cdktf.out" / "stacks").iterdir()
    assert stack.name == "fruit"
    resources = json.loads((stack / "cdk.tf.json").read_text())["resource"]
    assert [service["name"] for service in resources["aws_ecs_service"].values()] == ["stall-sandbox-fruit-apples"]
