"""Rules for the Terraform files that a project adds to a deployment's stack: `deployments/NAME.tf/*.tf`.

The stack has its own backend, provider and required providers. Terraform merges override files into existing blocks, so
an override file could change resources after their check. `colonnade.terraform_files` finds and reads the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from colonnade.model.errors import Fault, Problem

if TYPE_CHECKING:
    from colonnade.model.hcl import Block

SUFFIX = ".tf"
"""The end of the name of the folder and of each file in it."""

_PROVIDERS = ("aws", "terraform")
"""The providers of a stack: hashicorp/aws, and the one in Terraform itself (terraform_data)."""
_OF_A_PROVIDER = ("resource", "data", "ephemeral")
_SETTINGS: Mapping[str, Fault] = {
    "backend": Fault(
        "sets a backend: the stack has its own",
        "remove the block; state_bucket in environments/NAME.toml is the bucket of the state",
    ),
    "cloud": Fault(
        "sets HCP Terraform as the backend: the stack has its own",
        "remove the block; state_bucket in environments/NAME.toml is the bucket of the state",
    ),
    "required_providers": Fault(
        "requires providers: the stack requires its own, and Terraform accepts only one such block",
        "remove the block; resources of hashicorp/aws use the stack's provider",
    ),
}
"""The blocks inside `terraform` that a stack has already."""


def name_fault(name: str) -> Fault | None:
    """Return the fault of a file's name, or None."""
    if not name.endswith(SUFFIX):
        fix = f"write its content as HCL into a file whose name ends with {SUFFIX}, or move it out of this folder"
        return Fault(f"is not a file of Terraform's language (*{SUFFIX})", fix)
    if name == "override.tf" or name.endswith("_override.tf"):
        message = "is an override file: Terraform would replace parts of the synthesized blocks, unchecked"
        return Fault(message, "declare the change in the deployment or environment, or rename the file to add blocks")
    return None


def block_problems(path: str, text: str) -> Iterator[Problem]:
    """Yield the problems of the blocks in a file that `terraform fmt` accepts; `path` begins their subject."""
    for block in _blocks(text):
        for line, fault in _faults(block):
            yield Problem(subject=f"{path}:{line}", message=fault.message, fix=fault.fix)


def resource_addresses(text: str) -> Iterator[str]:
    """Yield the address of each resource and data source, such as 'data.aws_region.current', in order."""
    for block in _blocks(text):
        if block.kind in {"resource", "data"}:
            yield _address(block)


def prevented_addresses(text: str) -> Iterator[str]:
    """Yield the address of each resource with `prevent_destroy`."""
    for block in _blocks(text):
        lifecycle = block.inside("lifecycle")
        if block.kind == "resource" and any(each.arguments.get("prevent_destroy") == "true" for each in lifecycle):
            yield _address(block)


def prevented_resources(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the address of each resource with `prevent_destroy` in a synthesized document."""
    for kind, resources in document.get("resource", {}).items():
        for name, values in resources.items():
            lifecycle = values.get("lifecycle")
            blocks = lifecycle if isinstance(lifecycle, list) else [lifecycle]
            if any(isinstance(block, Mapping) and block.get("prevent_destroy") is True for block in blocks):
                yield f"{kind}.{name}"


def _blocks(text: str) -> tuple[Block, ...]:
    # Imported for such files only: every command imports the model.
    from colonnade.model.hcl import read_blocks

    return read_blocks(text)


def _faults(block: Block) -> Iterator[tuple[int, Fault]]:
    if block.kind == "terraform":
        yield from ((each.line, _SETTINGS[each.kind]) for each in block.blocks if each.kind in _SETTINGS)
    elif block.kind == "provider":
        message = f"configures provider {_first(block)!r}: the stack has its own configuration"
        fix = "remove the block; account, region and default tags are those of environments/NAME.toml"
        yield block.line, Fault(message, fix)
    elif block.kind == "module" and block.arguments.get("source", "").startswith('".'):
        message = f"module {_first(block)!r} has source {block.arguments['source']}: no other folder is copied"
        yield block.line, Fault(message, "write its resources into this folder, or use a source with a version")
    elif block.kind in _OF_A_PROVIDER:
        provider = _first(block).partition("_")[0]
        if provider not in _PROVIDERS:
            message = f"{_address(block)} needs provider {provider!r}, which the stack does not require or lock"
            yield block.line, Fault(message, "use resources of hashicorp/aws, or terraform_data")


def _first(block: Block) -> str:
    return block.labels[0] if block.labels else ""


def _address(block: Block) -> str:
    start = "" if block.kind == "resource" else f"{block.kind}."
    return start + ".".join(block.labels)
