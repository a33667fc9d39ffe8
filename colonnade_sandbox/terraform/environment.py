"""The environment of Terraform: the user's, without the variables for a real AWS account or for Terraform.

Every AWS_* and TF_* variable is dropped. The provider gets one endpoint, made-up keys, and empty files in place of
~/.aws.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from colonnade_sandbox.control_plane.clients import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from colonnade_sandbox.terraform.mirror import below_add_on_roots, cli_configuration, find_mirror, implied_mirrors

_SOCKET_FOLDER_LENGTH = 90
"""The longest path of a folder for a provider's socket, in bytes. A Unix socket's path has at most 107 bytes, and
go-plugin adds "/plugin" and up to ten digits. See `man 7 unix`."""


def terraform_environment(
    base: Mapping[str, str], *, endpoint: str, region: str, folder: Path, cli_config: Path | None
) -> dict[str, str]:
    """Return `base` for Terraform against `endpoint`. `folder` is for Terraform's temporary files.

    Without `cli_config`, Terraform uses its default CLI configuration.
    """
    kept = {name: value for name, value in base.items() if not name.upper().startswith(("AWS_", "TF_"))}
    empty = folder / "empty"
    empty.touch()
    own = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_CONFIG_FILE": str(empty),
        "AWS_SHARED_CREDENTIALS_FILE": str(empty),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,  # boto3 and version 1 of the AWS CLI do not read AWS_REGION
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
    }
    if len(os.fsencode(folder)) <= _SOCKET_FOLDER_LENGTH:
        own["TMPDIR"] = str(folder)  # a provider that is killed leaves its socket there
    return kept | own | ({"TF_CLI_CONFIG_FILE": str(cli_config)} if cli_config is not None else {})


def user_home() -> Path:
    """Return the user's home folder; a folder that does not exist for a user without one, as in some containers."""
    with suppress(RuntimeError):
        return Path.home()
    return Path("/nonexistent")


def provider_configuration(base: Mapping[str, str], *, home: Path, folder: Path) -> Path | None:
    """Write a CLI configuration for the first mirror found into `folder`. Without a mirror, return the user's own."""
    candidates = [*implied_mirrors(base, home), *below_add_on_roots()]
    mirror = find_mirror(candidates)
    if mirror is not None:
        path = folder / "terraform.rc"
        path.write_text(cli_configuration(mirror))
        return path
    named = Path(base.get("TF_CLI_CONFIG_FILE") or home / ".terraformrc")
    return named if named.is_file() else None
