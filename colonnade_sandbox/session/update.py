"""An update of a running deployment in place, from a process of its own.

synthesized stacks -> checks -> plan in the session's folders -> the change in a few lines -> apply -> healthy, served

Terraform runs here, against the session's AWS API. The session sees only what changes in that API. Its `down` destroys
the configuration that was applied last, because both use the session's folders.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from colonnade.rollouts.applied import AppliedService, applied_services
from colonnade.rollouts.reasons import reasons_after_failed_apply
from colonnade.rollouts.wait import wait_until_served
from colonnade.terminal.progress import Progress
from colonnade_sandbox.control_plane.clients import AwsClients, connect
from colonnade_sandbox.control_plane.reader import read_once
from colonnade_sandbox.errors import SandboxError, WrongInputError
from colonnade_sandbox.planning.existing_resources import is_made, make_hosted_zones
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.endpoints import Endpoints
from colonnade_sandbox.session.file import SessionFile
from colonnade_sandbox.session.input_checks import require_startable
from colonnade_sandbox.session.prefix_check import prefix_questions
from colonnade_sandbox.session.secrets_file import SandboxSecrets
from colonnade_sandbox.session.update_lock import held
from colonnade_sandbox.synthesized import (
    IMAGE_REPOSITORIES,
    Stack,
    configuration_files,
    copy_configuration,
    copy_stack,
    copy_stacks,
    read_stack,
    require_sandbox,
)
from colonnade_sandbox.tasks.image_catalog import ImageCatalog
from colonnade_sandbox.terraform.changes import change_lines
from colonnade_sandbox.terraform.environment import provider_configuration, terraform_environment, user_home
from colonnade_sandbox.terraform.progress import TerraformProgress
from colonnade_sandbox.terraform.runner import Terraform, TerraformError, TerraformStoppedError

_LOOK_SECONDS = 1.0
_SERVED_SECONDS = 15.0
_SERVICES_PER_REQUEST = 10
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html"""


class Update:
    """A context manager that holds the session's lock for updates. Leaving it ends Terraform and keeps the session.

    `facts` are those of the running session's file. `stop_requested` returns the reason to stop, or None.
    """

    def __init__(
        self,
        *,
        file: SessionFile,
        facts: Mapping[str, Any],
        synthesized: Path,
        project: Project,
        progress: Progress,
        stop_requested: Callable[[], str | None],
    ) -> None:
        self._file, self._project, self._progress = file, project, progress
        self._stop_requested = stop_requested
        self._session_folder = Path(facts["scratch"])
        self._certificate_authority = Path(facts["certificate_authority"])
        self.aws = connect(endpoint=facts["aws_endpoint_url"], region=facts["region"])
        self._environment = terraform_environment(
            os.environ,
            endpoint=facts["aws_endpoint_url"],
            region=facts["region"],
            folder=self._session_folder,
            cli_config=provider_configuration(os.environ, home=user_home(), folder=self._session_folder),
        )
        self._ending = ExitStack()
        self._terraform: Terraform | None = None
        self._looked, self._failed = 0.0, frozenset(_failed_rollouts(self.aws))
        self._folder = Path(tempfile.mkdtemp(prefix="update-", dir=self._session_folder))
        self._ending.callback(shutil.rmtree, self._folder, ignore_errors=True)
        try:
            names = (IMAGE_REPOSITORIES, file.name)
            self._repositories, self._deployment = copy_stacks(synthesized, self._folder, names)
            for stack in (self._repositories, self._deployment):
                require_sandbox(stack)
            require_startable(self._deployment, project, ImageCatalog.load(project.image_catalog))
            self._secrets = SandboxSecrets.load(project.secrets)
        except BaseException:
            self._ending.close()
            raise

    def __enter__(self) -> Self:
        self._ending.enter_context(held(self._session_folder, self._file.name))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill Terraform, if it runs, and release the lock. May be called from any thread."""
        if self._terraform is not None:
            self._terraform.kill()
        self._ending.close()

    def run(self) -> None:
        """Apply what differs, and return when the load balancer serves it and every service runs healthy tasks."""
        began = self._progress.now()
        self._require_same_lookups()
        zones = self.aws.route53.list_hosted_zones()["HostedZones"]
        make_hosted_zones(self.aws, [self._deployment], besides={each["Name"].rstrip(".") for each in zones})
        self._secrets.update(self.aws)
        if _differs(self._repositories, self._applied(self._repositories)):
            self._apply(self._repositories)
        changed = self._apply(self._deployment)
        self._wait_until_served()
        wait_until_served(self._services(), self.aws, self._progress, pause=self._pause)
        for question in self._prefix_questions():
            self._progress.say(question)
        seconds = self._progress.now() - began
        self._progress.say(
            f"{self._file.name} is up to date: {'updated' if changed else 'checked'} in {seconds:.0f} s."
        )

    def _require_same_lookups(self) -> None:
        """Raise WrongInputError if the stack looks up other resources: they are made when a session starts."""
        applied = read_stack(self._session_folder / "cdktf.out", self._deployment.name)
        known = [(each.kind, each.arguments) for each in applied.lookups]
        new = [
            each.address
            for each in self._deployment.lookups
            if is_made(each) and (each.kind, each.arguments) not in known
        ]
        if new:
            raise WrongInputError(
                f"stack {self._deployment.name!r} looks up {', '.join(new)}, which a sandbox makes when it starts\n"
                f"    run `colonnade sandbox down {self._file.name}`, then `colonnade sandbox up {self._file.name}`"
            )

    def _apply(self, stack: Stack) -> bool:
        """Plan the new configuration in the stack's folder; show and apply it. Return whether anything changes.

        A configuration that cannot be planned is taken back, so that the session can still be destroyed.
        """
        folder, former, saved = self._applied(stack), self._folder / "former" / stack.name, self._folder / "plan"
        terraform = self._terraform_in(folder)
        copy_stack(folder / stack.path.name, former)
        try:
            copy_configuration(stack.path, folder)
            with self._progress.step(f"Planning {stack.name}"):
                if _needs_init(stack, former):
                    terraform.init()
                changes = terraform.save_plan(saved)
        except BaseException:
            copy_configuration(former / stack.path.name, folder)
            raise
        documents = [json.loads(each.read_text()) for each in (former / stack.path.name, stack.path)]
        for line in change_lines(changes, *documents):
            self._progress.say(line)
        if not changes:
            self._progress.say(f"{stack.name}: no resource changes.")
        with self._progress.step(f"Applying {stack.name}"):
            self._apply_plan(terraform, saved)
        return bool(changes)

    def _apply_plan(self, terraform: Terraform, saved: Path) -> None:
        try:
            terraform.apply(saved)
        except (TerraformError, TerraformStoppedError) as error:
            if self._stop_requested() is not None or not self._file.runs():
                raise
            reasons = reasons_after_failed_apply(self._services(), self.aws)
            raise SandboxError(f"{error}\n{reasons}" if reasons else str(error)) from error

    def _services(self) -> tuple[AppliedService, ...]:
        return applied_services(self._terraform_in(self._applied(self._deployment)).pull_state())

    def _wait_until_served(self) -> None:
        """Wait until the session's control loop has read the AWS API again, twice."""
        deadline = time.monotonic() + _SERVED_SECONDS
        enough = self._facts()["turns"] + 2
        while self._facts()["turns"] < enough and time.monotonic() < deadline:
            self._pause(0.1)

    def _prefix_questions(self) -> list[str]:
        endpoints = Endpoints.from_facts(self._facts()["endpoints"])
        return prefix_questions(read_once(self.aws), endpoints, self._certificate_authority)

    def _facts(self) -> Mapping[str, Any]:
        facts = self._file.read()
        if facts is None or "endpoints" not in facts:
            raise SandboxError(f"the sandbox of {self._file.name!r} has ended")
        return facts

    def _applied(self, stack: Stack) -> Path:
        """Return the session's folder of a stack."""
        return self._session_folder / "cdktf.out" / "stacks" / stack.name

    def _terraform_in(self, folder: Path) -> Terraform:
        self._terraform = Terraform(
            folder=folder,
            environment=self._environment,
            on_event=TerraformProgress(self._progress).on_event,
            stop_reason=self._stop_reason,
        )
        return self._terraform

    def _stop_reason(self) -> str | None:
        """Return the reason to stop: also a new service whose rollout failed, for which Terraform would wait long."""
        requested = self._stop_requested()
        if requested is not None:
            return requested
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return None
        self._looked = time.monotonic()
        if not self._file.runs():
            return "the sandbox has ended"
        with contextlib.suppress(BotoCoreError, ClientError):  # the sandbox may be ending
            return next((why for id_, why in _failed_rollouts(self.aws).items() if id_ not in self._failed), None)
        return None

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            reason = self._stop_requested()
            if reason is not None:
                raise SandboxError(reason)
            time.sleep(min(0.1, seconds))


def _failed_rollouts(aws: AwsClients) -> dict[str, str]:
    """Return the services whose rollout has failed without a rollback, with the reason, by the id of the deployment."""
    found = {}
    for cluster in aws.ecs.list_clusters()["clusterArns"]:
        arns = aws.ecs.list_services(cluster=cluster, maxResults=100)["serviceArns"]
        for start in range(0, len(arns), _SERVICES_PER_REQUEST):
            request = arns[start : start + _SERVICES_PER_REQUEST]
            for service in aws.ecs.describe_services(cluster=cluster, services=request)["services"]:
                primary = service["deployments"][0]
                if primary["rolloutState"] == "FAILED":
                    reason = f"service {service['serviceName']}: its rollout failed: {primary['rolloutStateReason']}"
                    found[primary["id"]] = reason
    return found


def _differs(stack: Stack, applied: Path) -> bool:
    """Return whether a stack's files differ from those in the session's folder."""
    new = {each.name: each.read_bytes() for each in configuration_files(stack.path)}
    return new != {each.name: each.read_bytes() for each in configuration_files(applied / stack.path.name)}


def _needs_init(stack: Stack, former: Path) -> bool:
    """Return whether other providers or modules may be required: the Terraform files beside the JSON differ."""
    files = [each for each in configuration_files(stack.path) if each.suffix == ".tf"]
    return {each.name: each.read_bytes() for each in files} != {
        each.name: each.read_bytes() for each in former.glob("*.tf")
    }
