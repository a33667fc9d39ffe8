"""The real Terraform and provider on synthesized stacks: `init` without a backend, `plan` against an AWS emulator.

The emulator runs in a separate process, because a process can run only one and other tests may use theirs.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.model.environment.settings import Environment
from colonnade_sandbox.control_plane.clients import connect
from colonnade_sandbox.terraform.environment import provider_configuration, terraform_environment
from colonnade_sandbox.terraform.events import Event
from colonnade_sandbox.terraform.runner import Plan, Terraform
from tests.support.synth import Stack

_NO_ENDPOINT = "http://127.0.0.1:9"
_EMULATOR = """
import pathlib, sys
from colonnade_sandbox.aws_emulator import AwsEmulator
from colonnade_sandbox.control_plane.clients import connect
from colonnade_sandbox.control_plane.observations import Observations
from colonnade_sandbox.planning.existing_resources import make_existing_resources
from colonnade_sandbox.synthesized import read_stack
account_id, region, *folders = sys.argv[1:]
emulator = AwsEmulator(account_id=account_id, observations=Observations())
emulator.start()
paths = [path for folder in folders for path in pathlib.Path(folder).glob("stacks/*")]
stacks = [read_stack(path.parents[1], path.name) for path in paths]
make_existing_resources(connect(endpoint=emulator.endpoint, region=region), stacks)
print(emulator.endpoint, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatedAccount:
    """An account with only the prerequisites of a deployment: a hosted zone and a state bucket."""

    endpoint: str
    region: str

    def environment(self, scratch: Path) -> dict[str, str]:
        """Return the variables that make Terraform use this account; their files are in `scratch`."""
        return _environment(scratch, self.endpoint, self.region)

    def plan(self, stack: Stack, scratch: Path, on_event: Callable[[Event], None] = lambda _event: None) -> Plan:
        """Return the plan of a first apply of the stack."""
        folder = _write(stack, scratch)
        terraform = Terraform(folder=folder, environment=self.environment(scratch), on_event=on_event)
        terraform.init()
        return terraform.plan()


def documented_files() -> dict[str, str]:
    """Return the Terraform files for single_service in docs/terraform-of-your-own.md, by name."""
    page = (Path(__file__).parents[2] / "docs" / "terraform-of-your-own.md").read_text(encoding="utf-8")
    return dict(re.findall(r"```hcl\n# deployments/single_service\.tf/(\S+)\n(.*?)```", page, re.DOTALL))


def account_of(environment: Environment) -> contextlib.AbstractContextManager[EmulatedAccount]:
    """Return the emulated account of an environment; see `emulated_account`."""
    return emulated_account(
        account_id=environment.account_id,
        region=environment.region,
        zone_name=environment.zone_name,
        state_bucket=environment.state_bucket,
    )


@contextlib.contextmanager
def emulated_account(
    *, account_id: str, region: str, zone_name: str, state_bucket: str, existing: Sequence[Path] = ()
) -> Iterator[EmulatedAccount]:
    """Yield the account of an emulator that runs until the block ends.

    It also has what the stacks below the folders `existing` look up.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _EMULATOR, account_id, region, *map(str, existing)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        endpoint = process.stdout.readline().strip()
        aws = connect(endpoint=endpoint, region=region)
        if f"{zone_name}." not in [each["Name"] for each in aws.route53.list_hosted_zones()["HostedZones"]]:
            aws.route53.create_hosted_zone(Name=zone_name, CallerReference=zone_name)
        aws.s3.create_bucket(Bucket=state_bucket, CreateBucketConfiguration={"LocationConstraint": region})
        yield EmulatedAccount(endpoint=endpoint, region=region)
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def initialize(stack: Stack, scratch: Path, *, lock: str | None = None) -> tuple[Path, dict[str, str]]:
    """Run `terraform init` for the stack, without a backend; return its folder and environment."""
    folder = _write(stack, scratch)
    if lock is not None:
        (folder / ".terraform.lock.hcl").write_text(lock, encoding="utf-8")
    environment = offline_environment(scratch)
    run_terraform(folder, environment, "init", "-backend=false", "-input=false", "-no-color")
    return folder, environment


def offline_environment(scratch: Path) -> dict[str, str]:
    """Return the variables for Terraform without an account: every call to AWS fails. Its files are in `scratch`."""
    return _environment(scratch, _NO_ENDPOINT, "eu-west-1")


def run_terraform(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run Terraform; return its standard output, and fail the test if it fails."""
    ended = subprocess.run(
        ["terraform", *arguments],  # noqa: S607 - whichever Terraform is on PATH
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def _write(stack: Stack, scratch: Path) -> Path:
    folder = scratch / "cdktf.out" / "stacks" / stack.name
    stack.write(folder)
    return folder


def _environment(scratch: Path, endpoint: str, region: str) -> dict[str, str]:
    cli_config = provider_configuration(os.environ, home=Path.home(), folder=scratch)
    return terraform_environment(os.environ, endpoint=endpoint, region=region, folder=scratch, cli_config=cli_config)
