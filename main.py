"""Composition root: environment and deployments -> resolved values -> stacks, `cdktf.out/stacks/NAME/cdk.tf.json`.

    ENVIRONMENT=dev python main.py [--foundation]

--foundation synthesizes only the stacks that exist before any image. ENVIRONMENT is the name of a file in
`environments` without `.toml`; default: sandbox. MIGRATION_PHASE overrides the migration phases of that file. Wrong
input is reported on stderr, all problems at once, with exit status 2; no stack is written. A deployment's Terraform
files, `deployments/NAME.tf/*.tf`, are copied beside its JSON. Warnings are written into `cdktf.out/warnings.json`,
which the review of a branch reads.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

if __name__ == "__main__":  # before further imports, which take a while
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the process without tracebacks of Python and jsii
    gc.disable()  # the process ends within seconds; looking for garbage among its live objects takes a tenth of its CPU

from colonnade.model import naming
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.model.images.stand_ins import stand_in_warnings
from colonnade.model.migration.settings import OVERRIDE
from colonnade.model.resolved import Resolved
from colonnade.model.warnings import WARNINGS_FILE, configuration_warnings
from colonnade.project import find_project
from colonnade.synthesis import STAND_INS, copy_lock_file
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.machine_errors import machine_error
from colonnade.terraform_files import copy_terraform_files


def main(arguments: Sequence[str] = ()) -> int:
    """Synthesize every stack of the environment that ENVIRONMENT names; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python main.py",
        description="Synthesize the stacks of the environment that the variable ENVIRONMENT names.",
    )
    parser.add_argument(
        "--foundation", action="store_true", help="synthesize only the state bucket and the image repositories"
    )
    foundation: bool = parser.parse_args(arguments).foundation
    name = os.environ.get("ENVIRONMENT", SANDBOX)
    try:
        project = find_project()
        deployments = project.resolve(
            name,
            migration_phase=os.environ.get(OVERRIDE),
            before_images=foundation,
            stand_ins=os.environ.get(STAND_INS) == "true",
        )
        environment = project.environment(name)
        folder = _output_folder()
    except ColonnadeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    stand_ins = tuple(stand_in_warnings(deployments))
    warnings = [asdict(warning) for warning in (*stand_ins, *configuration_warnings(deployments, environment))]
    try:
        synthesize(environment, deployments, folder, foundation=foundation)
        copy_terraform_files(project.root, folder)
        (folder / WARNINGS_FILE).write_text(json.dumps(warnings, indent=2), encoding="utf-8")
    except (OSError, RuntimeError) as error:
        described = machine_error(error, folder)
        if described is None:
            raise
        sys.stderr.write(f"{described}\n")
        sys.unraisablehook = lambda _error: None  # the destructor of a jsii that could not start fails, too
        return described.exit_status
    sys.stderr.writelines(f"{warning}\n" for warning in stand_ins)
    return 0


def _output_folder() -> Path:
    folder = Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message, fix = f"it cannot be created: {error.strerror}", "set CDKTF_OUTDIR to a folder that can be written"
        raise ConfigurationError([Problem(subject=f"folder '{folder}'", message=message, fix=fix)]) from error
    return folder


def synthesize(
    environment: Environment, deployments: Sequence[Resolved], folder: Path, *, foundation: bool = False
) -> None:
    """Write every stack's Terraform JSON into `folder`: the state bucket, the image repositories, each deployment.

    `foundation`: write only the first two.
    """
    # These imports start jsii, so they come after the input is checked.
    from colonnade.modules.provider import cdktf
    from colonnade.stacks.deployment_stack import DeploymentStack
    from colonnade.stacks.image_repositories_stack import ImageRepositoriesStack
    from colonnade.stacks.state_backend_stack import StateBackendStack

    folder.mkdir(parents=True, exist_ok=True)
    app = cdktf.App(outdir=str(folder))
    StateBackendStack(
        app,
        environment=environment.name,
        state_bucket=environment.state_bucket,
        account_id=environment.account_id,
        region=environment.region,
        tags=environment.all_tags,
    )
    ImageRepositoriesStack(
        app,
        repository_names={image: name for each in deployments for image, name in each.image_repositories.items()},
        force_delete=environment.force_delete_repositories,
        account_id=environment.account_id,
        region=environment.region,
        tags=environment.all_tags,
        state_bucket=environment.state_bucket,
        state_key=naming.state_key(environment.name, naming.IMAGE_REPOSITORIES_STACK),
    )
    for deployment in () if foundation else deployments:
        DeploymentStack(app, deployment=deployment)
    app.synth()
    copy_lock_file(Path(__file__).parent, folder)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
