"""A project on this machine: its root, its name, and its deployments, loaded by path from valid or wrong files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from colonnade.project import Project, find_project
from tests.support.project import PROJECT
from tests.support.specs import problems_raised

SERVICE = 'Service(name="orders", path_prefix="/orders", container_port=80)'
ACTION = 'FixedResponse(status_code=404, content_type="text/plain", message_body="")'
IMPORTS = "from colonnade import Deployment, FixedResponse, Service\n"
VALID = f'{IMPORTS}DEPLOYMENT = Deployment(name="shop", services=({SERVICE},), default_action={ACTION})\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "cdktf.json").write_text(json.dumps({"context": {"project": "bazaar"}}))
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "sandbox.toml").write_text(
        (PROJECT.root / "environments" / "sandbox.toml").read_text().partition("[images]")[0]
        + '[images]\norders = "1.0.0"\n'
    )
    (tmp_path / "deployments").mkdir()
    return Project(root=tmp_path)


def write(project: Project, **files: str) -> None:
    for name, text in files.items():
        (project.root / "deployments" / f"{name}.py").write_text(text)


def problems_of(project: Project) -> list[str]:
    return problems_raised(lambda: project.resolve("sandbox"))


def test_the_root_is_the_nearest_folder_above_with_a_cdktf_json(project: Project) -> None:
    assert find_project(project.root) == project
    assert find_project(project.root / "deployments") == project


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "cdktf.json: is not JSON: "),
        ("[]", "cdktf.json: does not set context.project"),
        ("{}", "cdktf.json: does not set context.project"),
        ('{"context": {"project": 7}}', "cdktf.json: does not set context.project"),
        ('{"context": {"project": "My Shop"}}', "cdktf.json: the project's name 'My Shop' "),
        (
            json.dumps({"context": {"project": "a" * 33}}),
            "cdktf.json: the project's name 'aaa",
        ),
    ],
)
def test_a_missing_or_wrong_project_name_is_reported_together_with_other_problems(
    project: Project, text: str, problem: str
) -> None:
    (project.root / "cdktf.json").write_text(text)
    write(project, shop=VALID.replace("container_port=80", "container_port=0"))
    found = problems_of(project)
    assert found[0].startswith(problem)
    assert found[1].startswith("deployment 'shop', service 'orders': container port 0 ")


def test_the_projects_name_is_a_prefix_of_names_and_a_tag(project: Project) -> None:
    write(project, shop=VALID)
    (found,) = project.resolve("sandbox")
    assert found.tags == {"Project": "bazaar", "Environment": "sandbox", "Deployment": "shop"}
    assert "/bazaar/sandbox/shop/orders" in (found.services[0].container_definitions or "")


def test_deployments_are_loaded_by_path_in_the_order_of_their_files(project: Project) -> None:
    write(project, b=VALID, a=VALID.replace("shop", "mart"), _c="raise ValueError")
    assert [each.name for each in project.deployments()] == ["mart", "shop"]
    assert not [name for name in sys.modules if name.split(".")[0] == "deployments"]


@pytest.mark.parametrize(
    "line", ["from deployments._common import PORT", "from ._common import PORT", "from . import _common"]
)
def test_files_of_the_folder_import_each_other(project: Project, line: str) -> None:
    write(project, _common="PORT = 81\n", shop=f"{line}\n{VALID}")
    assert [each.name for each in project.deployments()] == ["shop"]


def test_two_projects_do_not_share_their_modules(project: Project, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "deployments").mkdir(parents=True)
    write(project, shop=VALID)
    (other / "deployments" / "shop.py").write_text(VALID.replace("shop", "mart"))
    assert [each.name for each in (*Project(root=other).deployments(), *project.deployments())] == ["mart", "shop"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = (\n", "deployments/bad.py:1: is not Python: '(' was never closed"),
        ("x = '\0'\n", "deployments/bad.py:1: is not Python: source code string cannot contain null bytes"),
        ("x = 1\ny = x / 0\n", "deployments/bad.py:2: cannot be loaded: ZeroDivisionError: division by zero"),
        ("import nothing_of_this_name\n", "deployments/bad.py:1: cannot be loaded: ModuleNotFoundError: No module"),
        ("import sys\nsys.exit(3)\n", "deployments/bad.py:2: cannot be loaded: SystemExit: 3"),
        ("deployment = 1\n", "deployments/bad.py: does not define DEPLOYMENT"),
        ("\nDEPLOYMENT = None\n", "deployments/bad.py:2: DEPLOYMENT is None, not a Deployment"),
        ("import json\nDEPLOYMENT = json\n", "deployments/bad.py:2: DEPLOYMENT is a module, not a Deployment"),
        (
            VALID.replace(f"{ACTION})\n", f"{ACTION}),\n"),
            "deployments/bad.py:2: DEPLOYMENT is a tuple of one",
        ),
        ("DEPLOYMENT = ()\n", "deployments/bad.py:1: DEPLOYMENT is a tuple"),
        (
            f"{IMPORTS}DEPLOYMENT = Deployment('shop')\n",
            "deployments/bad.py:2: Deployment takes name as a keyword argument",
        ),
        (VALID.replace("name", "nmae", 1), "deployments/bad.py:2: Deployment has no field 'nmae'"),
        (f"{IMPORTS}DEPLOYMENT = Deployment\n", "deployments/bad.py:2: DEPLOYMENT is the class Deployment, not a"),
        (f"{IMPORTS}DEPLOYMENT = {SERVICE}\n", "deployments/bad.py:2: DEPLOYMENT is a Service, not a Deployment"),
    ],
)
def test_a_file_without_a_deployment_is_reported_together_with_other_problems(
    project: Project, text: str, problem: str
) -> None:
    write(project, bad=text, shop=VALID.replace("container_port=80", "container_port=0").replace("shop", "mart"))
    found = problems_of(project)
    assert found[0].startswith(problem)
    assert any(each.startswith("deployment 'mart', service 'orders': container port 0 ") for each in found)
    assert "Traceback" not in "".join(found)


def test_a_folder_and_a_dead_link_are_reported_as_such(project: Project) -> None:
    write(project, shop=VALID)
    (project.root / "deployments" / "folder.py").mkdir()
    (project.root / "deployments" / "link.py").symlink_to("missing")
    assert problems_of(project)[:2] == [
        f"deployments/{name}.py: is a folder or a dead link\n    make it a file that can be read, or remove it"
        for name in ("folder", "link")
    ]


def test_an_error_in_an_imported_file_is_reported_with_that_file(project: Project) -> None:
    write(project, _common="\nx = 1 / 0\n", shop=f"from ._common import x\n{VALID}")
    assert problems_of(project)[0].startswith("deployments/_common.py:2: cannot be loaded: ZeroDivisionError")
