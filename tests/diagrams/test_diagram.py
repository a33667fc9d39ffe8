"""Tests of `colonnade diagram`, and that the files in docs/diagrams are up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from colonnade.diagrams import write_diagram
from colonnade.diagrams.drawing import as_svg
from colonnade.diagrams.stack_reader import read_deployed
from colonnade.model.errors import ConfigurationError
from tests.support.synth import DEPLOYMENT_NAMES, synthesized

DIAGRAMS = Path(__file__).parents[2] / "docs" / "diagrams"


@pytest.mark.synth
@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_the_diagram_in_docs_is_up_to_date(deployment: str) -> None:
    stack = synthesized("prod", "canary")[deployment]
    now = as_svg(read_deployed(json.loads(stack.text), stack.files.values()))
    assert (DIAGRAMS / f"{deployment}.svg").read_text() == now, (
        f"`MIGRATION_PHASE=canary colonnade diagram {deployment} -e prod` updates it"
    )


def test_docs_have_a_diagram_of_each_deployment_and_no_others() -> None:
    assert {path.stem for path in DIAGRAMS.iterdir()} == set(DEPLOYMENT_NAMES)


@pytest.mark.synth
@pytest.mark.parametrize("output", [None, Path("pictures") / "here.svg"])
def test_a_diagram_is_written_to_the_output_or_to_docs(
    output: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stack = tmp_path / "out" / "stacks" / "services" / "cdk.tf.json"
    stack.parent.mkdir(parents=True)
    stack.write_text(synthesized("prod", "canary")["services"].text)
    written = output if output is not None else Path("docs/diagrams/services.svg")
    assert write_diagram("services", output, tmp_path / "out") == f"{written}: a diagram of services"
    assert (tmp_path / written).read_text() == (DIAGRAMS / "services.svg").read_text()


def test_a_stack_that_is_not_synthesized_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as refusal:
        write_diagram("services", None, Path("cdktf.out"))
    assert str(refusal.value) == (
        "deployment 'services': cdktf.out/stacks/services/cdk.tf.json does not exist\n    synthesize the stack first"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{}", '{"resource": {}}'])
def test_a_file_that_is_not_a_synthesized_deployment_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "stacks" / "services").mkdir(parents=True)
    (tmp_path / "stacks" / "services" / "cdk.tf.json").write_text(text)
    with pytest.raises(ConfigurationError, match="is not a synthesized deployment\n    synthesize it again"):
        write_diagram("services", tmp_path / "picture.svg", tmp_path)
    assert not (tmp_path / "picture.svg").exists()


@pytest.mark.synth
def test_a_diagram_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    stack = tmp_path / "stacks" / "services" / "cdk.tf.json"
    stack.parent.mkdir(parents=True)
    stack.write_text(synthesized("prod", "canary")["services"].text)
    with pytest.raises(ConfigurationError, match="cannot be written: Is a directory"):
        write_diagram("services", tmp_path, tmp_path)
