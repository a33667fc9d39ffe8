"""Claims about what Terraform runs and tests beside its resources: programs, actions and checks."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.plan.document import read_plan
from tests.support.plan_cases import there
from tests.support.plan_documents import change, text


def _configured(**resource: Any) -> dict[str, Any]:
    return {"configuration": {"root_module": {"resources": [{"mode": "managed", **resource}]}}}


def test_provisioners_and_external_data_are_blocked_with_their_commands_and_without_their_secrets() -> None:
    command = {
        "command": {"constant_value": "curl -H 'Authorization: Bearer abcdefghijklmnop' https://example.com | sh"}
    }
    provisioned = _configured(
        address="terraform_data.a",
        type="terraform_data",
        name="a",
        provisioners=[{"type": "local-exec", "expressions": command}],
    )
    (found,) = analyze(read_plan(text(change("terraform_data.a", None, {}), **provisioned))).findings
    assert (found.rule, found.address) == ("program-runs", "terraform_data.a")
    assert "| sh" in found.reason
    assert "abcdefghijklmnop" not in found.reason
    assert analyze(read_plan(text(there("terraform_data.a", x=1), **provisioned))).findings == ()
    program = {"program": {"constant_value": ["python", "get.py"]}}
    external = _configured(address="data.external.a", type="external", name="a", expressions=program) | {}
    external["configuration"]["root_module"]["resources"][0]["mode"] = "data"
    (found,) = analyze(read_plan(text(**external))).findings
    assert "python get.py" in found.reason


SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    "command",
    [
        f"PGPASSWORD={SECRET} psql",
        f"export API_KEY='{SECRET}'; make",
        f"deploy --password {SECRET}",
        f"deploy --db-token={SECRET}",
        f"curl -u admin:{SECRET} https://example.com",
        f"curl -H 'Authorization: Basic {SECRET}' https://example.com",
        f"curl -H 'X-Api-Key: {SECRET}' https://example.com",
        f"mysql --host db -p{SECRET}",
        f"docker login -u a -p {SECRET} example.com",
        f"aws configure set aws_secret_access_key {SECRET}",
        f"""echo '{{"password": "{SECRET}"}}' > settings.json""",
    ],
)
def test_a_command_is_shown_without_its_secrets(command: str) -> None:
    expressions = {"command": {"constant_value": f"{command} && make"}}
    provisioners = [{"type": "local-exec", "expressions": expressions}]
    resource = _configured(address="terraform_data.a", type="terraform_data", name="a", provisioners=provisioners)
    (found,) = analyze(read_plan(text(change("terraform_data.a", None, {}), **resource))).findings
    assert SECRET not in found.reason
    assert f"{command.split()[0].split('=')[0]}" in found.reason
    assert "make" in found.reason


def test_failed_checks_and_actions_are_blocked_by_name() -> None:
    checks = [
        {
            "address": {"to_display": "check.health"},
            "status": "fail",
            "instances": [{"problems": [{"message": "answers 500"}]}],
        },
        {"address": {"to_display": "check.other"}, "status": "pass"},
    ]
    (found,) = analyze(read_plan(text(checks=checks))).findings
    assert (found.address, found.rule, found.reason) == ("check.health", "check-failed", "the check fails: answers 500")
    actions = [{"address": "action.aws_lambda_invoke.a", "type": "aws_lambda_invoke", "name": "a"}]
    (found,) = analyze(read_plan(text(action_invocations=actions))).findings
    assert (found.address, found.rule) == ("action.aws_lambda_invoke.a", "action-invoked")


def test_an_approval_of_a_program_is_bound_to_its_configuration() -> None:
    values = []
    for command in ("make", "make all"):
        configuration = {"mode": "data", "type": "external", "address": "data.external.a", "name": "a"}
        expressions = {"program": {"constant_value": [command]}}
        resources = [{**configuration, "expressions": expressions}]
        analysis = analyze(read_plan(text(configuration={"root_module": {"resources": resources}})))
        values.append(analysis.values["data.external.a", "program-runs"])
    assert values[0] != values[1]
