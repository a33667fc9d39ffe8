"""Tests of docs/modules.md: its example synthesizes and plans, and its table lists every construct."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from colonnade.modules.provider import constructs
from tests.support.synth import Stack, read_stacks
from tests.support.terraform import emulated_account

pytestmark = pytest.mark.synth

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "modules.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)


def _synthesized_example(folder: Path) -> Stack:
    main = folder / "main.py"
    main.write_text(EXAMPLE, encoding="utf-8")
    command = [sys.executable, "-c", "import runpy; runpy.run_path('main.py', run_name='__main__')"]
    run = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    (stack,) = read_stacks(folder / "cdktf.out")
    return stack


@pytest.mark.terraform
def test_the_example_plans_with_the_real_provider(tmp_path: Path) -> None:
    stack = _synthesized_example(tmp_path)
    scratch = tmp_path / "plan"
    scratch.mkdir()
    with emulated_account(
        account_id="123456789012", region="eu-west-1", zone_name="example.com", state_bucket="shop-terraform-state"
    ) as account:
        changes = account.plan(stack, scratch).changes
    assert {change.action for change in changes} == {"create"}
    assert sorted(change.address for change in changes) == [
        address for address in stack.addresses() if not address.startswith("data.")
    ]
    patterns = [
        rule["condition"][0]["path_pattern"]["values"] for rule in stack.resources("aws_lb_listener_rule").values()
    ]
    assert sorted(patterns) == [["/orders", "/orders/*"], ["/users", "/users/*"]]
    assert len(stack.resources("aws_ecs_service")) == 2
    assert len(stack.resources("aws_service_discovery_service")) == 2


def test_the_example_imports_only_the_constructs() -> None:
    imports = [node for node in ast.walk(ast.parse(EXAMPLE)) if isinstance(node, ast.ImportFrom | ast.Import)]
    assert {str(node.module).rpartition(".")[0] for node in imports if isinstance(node, ast.ImportFrom)} == {
        "colonnade.modules"
    }
    assert not any(isinstance(node, ast.Import) for node in imports)
    assert len(EXAMPLE.splitlines()) <= 60


def _constructs() -> dict[tuple[str, str], type]:
    """Return every public construct by module and class name."""
    modules = [path.stem for path in (ROOT / "modules").glob("[a-z]*.py")]
    return {
        (module, name): value
        for module in modules
        for name, value in vars(import_module(f"colonnade.modules.{module}")).items()
        if isinstance(value, type)
        and not name.startswith("_")
        and issubclass(value, constructs.Construct)
        and value.__module__ == f"colonnade.modules.{module}"
    }


def _inputs(construct: type) -> list[inspect.Parameter]:
    parameters = inspect.signature(construct.__init__).parameters.values()  # type: ignore[misc]
    return [each for each in parameters if each.kind is each.KEYWORD_ONLY]


def test_the_table_lists_every_construct_with_its_inputs_and_marks_required_ones() -> None:
    table = re.findall(r"^\| `(\w+)\.(\w+)` \| ([^|]+) \|", DOCUMENT, re.MULTILINE)
    listed = {(module, name): set(inputs.split(", ")) for module, name, inputs in table}
    assert listed == {
        key: {f"**{each.name}**" if each.default is each.empty else each.name for each in _inputs(construct)}
        for key, construct in _constructs().items()
    }


def test_each_construct_documents_its_inputs_resources_and_outputs() -> None:
    for (_, name), construct in _constructs().items():
        text = inspect.getdoc(construct)
        assert text is not None
        assert "Resources: " in text, name
        assert "Outputs: " in text, name
        documented = {
            word for words in re.findall(r"^    ([a-z_, ]+): ", text, re.MULTILINE) for word in words.split(", ")
        }
        assert {each.name for each in _inputs(construct)} - documented == set(), name
