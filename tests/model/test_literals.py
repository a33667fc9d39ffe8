"""Escaped strings, which Terraform evaluates to the strings themselves, and refused tokens of CDKTF."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colonnade.model.deployment.declaration import FixedResponse
from colonnade.model.environment.document import parse
from colonnade.model.literals import evaluated, literal
from tests.support.specs import deployment, problems_of, problems_raised, service
from tests.support.terraform import run_terraform
from tests.support.toml_documents import changed

FRAGMENTS = ("$", "%", "{", "}", "${", "%{", "$${", "%%{", "~}", '"', "\\", "\n", " ", "a", "é", "if true", "endif",
             '${file("/etc/hostname")}', "%{ for x in [1] }", "</script>")  # fmt: skip
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join)
TOKENS = ("${TfToken[TOKEN.999]}", "#{TfToken[TOKEN.1]}", "&{TfToken[TOKEN.1]}", "$${TfToken[x")


def by_terraform(texts: list[str]) -> list[object]:
    """Return the values that Terraform evaluates the strings of one JSON file to."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = {f"o{number}": {"value": text} for number, text in enumerate(texts)}
        (Path(folder) / "main.tf.json").write_text(json.dumps({"output": outputs}), encoding="utf-8")
        variables = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull}
        run_terraform(Path(folder), variables, "plan", "-out=plan", "-input=false")
        planned = json.loads(run_terraform(Path(folder), variables, "show", "-json", "plan"))["planned_values"]
    return [planned["outputs"][name].get("value", "") for name in outputs]


@pytest.mark.terraform
@given(st.lists(TEXTS, min_size=50, max_size=200, unique=True))
@example(list(FRAGMENTS))
@settings(max_examples=4, deadline=None)
def test_terraform_evaluates_an_escaped_string_to_the_string_itself(texts: list[str]) -> None:
    assert by_terraform([literal(text) for text in texts]) == texts


@pytest.mark.terraform
def test_terraform_evaluates_a_string_in_json_to_the_string_itself() -> None:
    variables = [{"name": "A", "value": text} for text in FRAGMENTS]
    escaped = [{"name": "A", "value": literal(text)} for text in FRAGMENTS]

    (document,) = by_terraform([json.dumps(escaped)])
    assert json.loads(str(document)) == variables


@given(TEXTS)
def test_an_escaped_string_can_be_read_back(text: str) -> None:
    assert evaluated(literal(text)) == text


def test_strings_are_escaped_at_any_depth_and_other_values_are_kept() -> None:
    declared = FixedResponse(status_code=200, content_type="text/html", message_body="${a}")
    value = {"${k}": (declared, "%{a}", 7, None, True)}

    escaped = FixedResponse(status_code=200, content_type="text/html", message_body="$${a}")
    assert literal(value) == {"$${k}": (escaped, "%%{a}", 7, None, True)}


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_of_cdktf_is_refused_wherever_it_is_declared(token: str) -> None:
    answer = FixedResponse(status_code=200, content_type="text/html", message_body=f"<p>{token}</p>")
    declared = deployment(service(health_check_path=f"/{token}", calls=(token,)), default_action=answer)

    fields = [problem.splitlines()[0].split(" ")[-6:] for problem in problems_of(declared)]
    assert len(fields) == 3
    assert all(words[-4:] == ["a", "token", "of", "CDKTF"] for words in fields)
    for key, value in (("zone_name", token), ("images.orders", token)):
        (problem,) = problems_raised(lambda key=key, value=value: parse("colonnade", "dev", changed(key, value)))  # type: ignore[misc]
        assert f"{key} {token!r} contains a token of CDKTF" in problem


@pytest.mark.parametrize("character", ["\x00", "\ud800"])
def test_a_character_that_no_file_can_hold_is_refused(character: str) -> None:
    answer = FixedResponse(status_code=200, content_type="text/html", message_body=f"<p>{character}</p>")

    (problem,) = problems_of(deployment(service(), default_action=answer))
    assert "default_action.message_body " in problem
    assert "contains a zero byte or half of a surrogate pair" in problem
