"""Declared strings in a synthesized stack: the plan of the real provider has them as declared."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colonnade.diagrams.stack_reader import read_deployed
from colonnade.model.deployment.declaration import FixedResponse
from colonnade.model.resolved import Resolved
from colonnade.modules.provider import cdktf
from colonnade.stacks.deployment_stack import DeploymentStack
from tests.support.specs import deployment, environment, resolved, service
from tests.support.synth import Stack, read_stacks
from tests.support.terraform import account_of, run_terraform

pytestmark = [pytest.mark.synth]

BODY = '<script>`${name}` + `%{x}` + "$${y}" + \'${file("/etc/hostname")}\'</script>'
VARIABLES = {"GREETING": 'a "${b}" %{c} \\ $${d}', "PORT": "8080"}
CHECK_PATH = "/health?of=${name}&%{x}"


def declared() -> Resolved:
    """Return a deployment with template sequences in each string that may contain them."""
    answer = FixedResponse(status_code=200, content_type="text/html", message_body=BODY)
    found = resolved(deployment(service(health_check_path=CHECK_PATH), default_action=answer, subdomain=None))
    (container,) = found.services[0].containers or ()
    with_variables = replace(found.services[0], containers=(replace(container, variables=VARIABLES),))
    return replace(found, services=(with_variables,))


def stack() -> Stack:
    with tempfile.TemporaryDirectory() as folder:
        app = cdktf.App(outdir=folder)
        DeploymentStack(app, deployment=declared())
        app.synth()
        (found,) = read_stacks(Path(folder))
    return found


@pytest.mark.terraform
def test_a_plan_has_every_declared_string_as_declared(tmp_path: Path) -> None:
    where = environment()
    with account_of(where) as account:
        account.plan(stack(), tmp_path)
        folder, variables = tmp_path / "cdktf.out" / "stacks" / "shop", account.environment(tmp_path)
        run_terraform(folder, variables, "plan", "-out=saved", "-input=false")
        shown = json.loads(run_terraform(folder, variables, "show", "-json", "saved"))
    planned: dict[str, Any] = {}
    for resource in shown["planned_values"]["root_module"]["resources"]:
        planned.setdefault(resource["type"], resource["values"])

    assert planned["aws_lb_listener"]["default_action"][0]["fixed_response"][0]["message_body"] == BODY
    assert planned["aws_lb_target_group"]["health_check"][0]["path"] == CHECK_PATH
    (container,) = json.loads(planned["aws_ecs_task_definition"]["container_definitions"])
    assert {each["name"]: each["value"] for each in container["environment"]} == VARIABLES


def test_a_diagram_shows_a_response_as_declared() -> None:
    assert [rule.answer for rule in read_deployed(json.loads(stack().text)).rules if rule.answer is not None] == [
        f"200 {BODY}"
    ]
