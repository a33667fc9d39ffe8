"""A diagram of a synthesized deployment: cdk.tf.json -> `Deployed` -> `Layout` -> SVG.

It is drawn from the Terraform JSON, not from the declaration, so it shows what Terraform would create. The resources of
the Terraform files beside the JSON are listed in one line.
"""

from __future__ import annotations

import json
from pathlib import Path

from colonnade.diagrams.deployed import Deployed
from colonnade.diagrams.drawing import as_svg
from colonnade.diagrams.stack_reader import read_deployed
from colonnade.model.errors import ConfigurationError, Fault


def write_diagram(name: str, output: Path | None, synthesized: Path) -> str:
    """Draw a stack of the folder `synthesized` into `output`, by default docs/diagrams/NAME.svg; return a message.

    Raises ConfigurationError if the stack is not synthesized or the diagram cannot be written.
    """
    path = synthesized / "stacks" / name / "cdk.tf.json"
    picture = as_svg(_read(name, path))
    target = output if output is not None else Path("docs") / "diagrams" / f"{name}.svg"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(picture, encoding="utf-8")
    except OSError as error:
        fault = Fault(f"cannot be written: {error.strerror}", "choose another file with --output")
        raise ConfigurationError([fault.of("diagram", str(target))]) from error
    return f"{target}: a diagram of {name}"


def _read(name: str, path: Path) -> Deployed:
    try:
        files = (file.read_text(encoding="utf-8") for file in sorted(path.parent.glob("*.tf")))
        return read_deployed(json.loads(path.read_text(encoding="utf-8")), files)
    except FileNotFoundError as error:
        fault = Fault(f"{path} does not exist", "synthesize the stack first")
        raise ConfigurationError([fault.of("deployment", name)]) from error
    except (ValueError, KeyError) as error:
        fault = Fault(f"{path} is not a synthesized deployment", "synthesize it again")
        raise ConfigurationError([fault.of("deployment", name)]) from error
