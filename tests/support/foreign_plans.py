"""Plans of Terraform that this project did not write: each stack is applied once, and each edit is a value of its
variable `edit`.

The stacks are in tests/support/foreign. No tasks run in the account, and no service waits for them.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.terraform import EmulatedAccount, run_terraform

STACKS = Path(__file__).parent / "foreign"
EDITS: Mapping[str, tuple[str, ...]] = {
    "modules": ("port", "image", "count", "removed", "cluster", "closed"),
    "flat": ("port", "gateway moved", "description", "target group", "other color", "role"),
}


def foreign_plans(account: EmulatedAccount, scratch: Path) -> Mapping[str, Mapping[str, tuple[Path, Path]]]:
    """Return the saved plan of each edit and the initialized folder of its stack, by stack."""
    with ThreadPoolExecutor() as pool:  # an apply mostly waits
        made = pool.map(lambda stack: _plans(account, stack, scratch / stack), EDITS)
        return dict(zip(EDITS, made, strict=True))


def _plans(account: EmulatedAccount, stack: str, scratch: Path) -> Mapping[str, tuple[Path, Path]]:
    scratch.mkdir(parents=True)
    folder = shutil.copytree(STACKS / stack, scratch / "stack")
    environment = account.environment(scratch)
    run_terraform(folder, environment, "init", "-input=false")
    run_terraform(folder, environment, "apply", "-auto-approve", "-input=false")
    plans = {}
    for edit in EDITS[stack]:
        file = scratch / f"{edit}.plan"
        options = ("-refresh=false", "-lock=false", "-input=false", f"-var=edit={edit}", f"-out={file}")
        run_terraform(folder, environment, "plan", *options)
        plans[edit] = (file, folder)
    return plans
