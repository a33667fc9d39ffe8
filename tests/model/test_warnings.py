"""Warnings: what is warned about, how a warning is accepted, and what is refused as an acceptance."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.document import parse
from colonnade.model.environment.settings import Environment
from colonnade.model.resolve import resolve
from colonnade.model.service.container import ContainerHealthCheck
from colonnade.model.warnings import CODES, ConfigurationWarning, configuration_warnings
from tests.support.project import PROJECT
from tests.support.specs import deployment, environment, problems_of, problems_raised, service
from tests.support.toml_documents import changed

NGINX = "public.ecr.aws/nginx/nginx"


def warnings_of(*deployments: Deployment, where: Environment | None = None) -> tuple[ConfigurationWarning, ...]:
    """Return the warnings of deployments, in an environment with all of their images unless one is given."""
    services = [each for declared in deployments for each in declared.services]
    found = where if where is not None else environment(*services)
    return configuration_warnings(resolve(deployments, lambda: found), found)


def test_a_warning_is_printed_with_its_code_and_its_fix_indented() -> None:
    warning = ConfigurationWarning(code="some-code", subject="service 'orders'", message="may fail", fix="change it")
    assert str(warning) == "warning: service 'orders': may fail [some-code]\n    change it"


def test_the_deployments_of_this_repository_have_no_warnings() -> None:
    for name in PROJECT.environment_names():
        assert configuration_warnings(PROJECT.resolve(name), PROJECT.environment(name)) == ()


def test_the_document_lists_every_code_and_no_other() -> None:
    page = (PROJECT.root / "docs" / "warnings.md").read_text()
    listed = {(match[2], match[1]) for match in re.finditer(r"^\| `([a-z-]+)` \| an? (\w+) \|", page, re.MULTILINE)}
    assert listed == {(kind, code) for kind, codes in CODES.items() for code in codes}


@pytest.mark.parametrize("kind", CODES)
def test_a_code_is_one_word_in_kebab_case(kind: Any) -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in CODES[kind])


def test_a_public_image_with_a_read_only_root_is_warned_about() -> None:
    web = service("web", public_image=NGINX)
    (warning,) = warnings_of(deployment(web, namespace=None))
    assert (warning.code, warning.subject) == ("read-only-root", "deployment 'shop', service 'web'")
    assert "read_only_root_filesystem=False" in warning.fix
    assert warnings_of(deployment(replace(web, read_only_root_filesystem=False), namespace=None)) == ()


def test_an_image_of_the_project_with_a_read_only_root_is_not() -> None:
    assert warnings_of(deployment(service("web"), namespace=None)) == ()


def test_a_called_service_that_ecs_does_not_check_is_warned_about() -> None:
    callee = service("users")
    declared = deployment(service("orders", calls=("users",)), callee, namespace="shop.internal")
    (warning,) = warnings_of(declared)
    assert (warning.code, warning.subject) == ("called-without-health-check", "deployment 'shop'")
    assert warning.message.startswith("other services call 'users', which ECS does not check")
    checked = replace(callee, container_health_check=ContainerHealthCheck(command=("true",)))
    assert warnings_of(replace(declared, services=(declared.services[0], checked))) == ()
    assert warnings_of(replace(declared, accepted_warnings={warning.code: "The callers try again."})) == ()


def test_an_accepted_warning_is_not_reported() -> None:
    web = service("web", public_image=NGINX, accepted_warnings={"read-only-root": "It writes no files."})
    other = replace(web, name="other", path_prefix="/other", accepted_warnings={})
    assert [each.subject for each in warnings_of(deployment(web, other, namespace=None))] == [
        "deployment 'shop', service 'other'"
    ]


@pytest.mark.parametrize(
    ("accepted", "problem"),
    [
        (
            {"read-only-rot": "It writes no files."},
            "accepted_warnings: 'read-only-rot' is not the code of a warning\n    did you mean 'read-only-root'? codes",
        ),
        ({"read-only-root": " "}, "accepted_warnings: 'read-only-root' has no reason\n    write the reason"),
        ({"read-only-root": None}, "accepted_warnings.read-only-root None is not a string"),
    ],
)
def test_an_unknown_code_and_an_empty_reason_are_problems(accepted: dict[str, Any], problem: str) -> None:
    (found,) = problems_of(deployment(service(accepted_warnings=accepted)))
    assert found.startswith(f"deployment 'shop', service 'orders': {problem}")


def test_a_code_of_another_kind_of_subject_is_a_problem_with_its_place() -> None:
    (found,) = problems_of(deployment(service(), accepted_warnings={"read-only-root": "It writes no files."}))
    assert found == (
        "deployment 'shop': accepted_warnings: 'read-only-root' is a warning about a service\n"
        "    accept it in the Service"
    )


def test_the_table_of_an_environments_file_keeps_the_same_rules() -> None:
    document = changed("accepted_warnings", {"read-only-root": "It writes no files."})
    (found,) = problems_raised(lambda: parse("colonnade", "dev", document))
    assert found.startswith("environment 'dev': accepted_warnings: 'read-only-root' is a warning about a service")
