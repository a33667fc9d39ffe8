"""One sandbox from start to end: it starts the parts, and runs Terraform stack by stack."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from colonnade.rollouts.applied import applied_services
from colonnade.rollouts.wait import RolloutError, wait_for_rollouts
from colonnade.terminal.progress import Progress
from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.control_plane.observations import Observations
from colonnade_sandbox.data_plane.server import DataPlane
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.planning.plan_check import PlanCheck
from colonnade_sandbox.project import Project
from colonnade_sandbox.scratch import make_scratch
from colonnade_sandbox.session.control_loop import ControlLoop
from colonnade_sandbox.session.endpoints import Endpoints, find_endpoints
from colonnade_sandbox.session.outside import OutsideProgram, start_outside
from colonnade_sandbox.session.parts import Parts, start_parts
from colonnade_sandbox.session.secrets_file import SandboxSecrets
from colonnade_sandbox.synthesized import (
    IMAGE_REPOSITORIES,
    STATE_BACKEND,
    Stack,
    copy_configuration,
    copy_stacks,
    require_sandbox,
)
from colonnade_sandbox.tasks.image_catalog import ImageCatalog
from colonnade_sandbox.tasks.scheduler import TaskListing, TaskScheduler
from colonnade_sandbox.terraform.progress import TerraformProgress
from colonnade_sandbox.terraform.runner import Plan, Terraform, TerraformError, TerraformStoppedError

_POLL_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 0.5


class Session:
    """A context manager. Leaving it ends every process of the session and removes its files.

    `synthesized` is the output folder of synthesis. The session takes and checks its own copy at once, so that a later
    synthesis does not change what it applies. `project_root` is the tasks' working directory. `images` defaults to the
    catalog of the service apps. `plan_check` checks the plan before every apply. `outside` are the programs that
    run beside the sandbox. `stop_requested` is called while the session waits; it returns the reason to stop, or None.
    """

    def __init__(
        self,
        *,
        synthesized: Path,
        deployment: str,
        project_root: Path,
        progress: Progress,
        images: ImageCatalog | None = None,
        plan_check: PlanCheck | None = None,
        outside: Sequence[OutsideProgram] = (),
        stop_requested: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._ending = ExitStack()
        self.scratch = make_scratch(self._ending)
        """The folder of every file that this session writes."""
        try:
            self.stacks = copy_stacks(synthesized, self.synthesized, (STATE_BACKEND, IMAGE_REPOSITORIES, deployment))
            for stack in self.stacks:
                require_sandbox(stack)
            project = Project(root=project_root)
            self._images = images if images is not None else ImageCatalog.following(project.image_catalog)
            self._secrets = SandboxSecrets.load(project.secrets)
        except BaseException:
            self._ending.close()
            raise
        self.deployment = deployment
        self.stop_requested = stop_requested
        self._project_root = project_root
        self._progress = progress
        self._plan_check = plan_check
        self._outside = outside
        self._ending_lock = threading.Lock()
        self._terraform_lock = threading.Lock()
        self._running_terraform: Terraform | None = None
        self._closed = False
        self._started: Parts | None = None

    def __enter__(self) -> Self:
        try:
            self._started = start_parts(
                self.stacks,
                scratch=self.scratch,
                images=self._images,
                secrets=self._secrets,
                project_root=self._project_root,
                ending=self._ending,
            )
            for program in self._outside:
                self._start(program)
        except BaseException:
            self.close()
            raise
        return self

    def _start(self, program: OutsideProgram) -> None:
        log = self.scratch / f"{program.name}.log"
        self._ending.callback(start_outside(program, root=self._project_root, log=log, pause=self.pause))
        self._progress.say(f"{program.name} runs beside the sandbox, at {program.host} port {program.port}.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill Terraform, stop the tasks, the data plane and the emulator, remove the scratch folder.

        May be called from any thread. Afterwards no thread can start Terraform, which would write into the folder.
        """
        with self._terraform_lock:
            self._closed = True
            terraform = self._running_terraform
        if terraform is not None:
            terraform.kill()
        with self._ending_lock:
            self._ending.close()
            # This thread may have written files after another one had removed the folder.
            shutil.rmtree(self.scratch, ignore_errors=True)

    def at_end(self, callback: Callable[[], None]) -> None:
        """Call `callback` when the session ends, from any thread, before the session's parts are stopped."""
        self._ending.callback(callback)

    @property
    def synthesized(self) -> Path:
        """The session's own copy of the synthesized stacks, in which Terraform runs.

        A local state is a file at a path relative to a stack's folder. The folders are as deep as in the project, so
        that the file is in the scratch folder, too.
        """
        return self.scratch / "cdktf.out"

    @property
    def aws(self) -> AwsClients:
        """The clients of the emulator."""
        return self._parts.aws

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables with which Terraform, or another deployer, reaches only the emulator."""
        return self._parts.environment

    @property
    def observations(self) -> Observations:
        """The deployments, running counts and target health that the emulator reports."""
        return self._parts.observations

    @property
    def data_plane(self) -> DataPlane:
        """The load balancers' listeners on this machine."""
        return self._parts.data_plane

    @property
    def scheduler(self) -> TaskScheduler:
        """The scheduler of the tasks."""
        return self._parts.scheduler

    @property
    def loop(self) -> ControlLoop:
        """The loop that updates listeners and tasks from the AWS API."""
        return self._parts.loop

    @property
    def _parts(self) -> Parts:
        if self._started is None:
            raise RuntimeError("the session has not been entered")
        return self._started

    def deploy(self) -> None:
        """Apply the state bucket, the image repositories and the deployment, then wait for its rollouts."""
        for stack in self.stacks:
            self.apply(stack)
        self.wait_for_rollouts(self.stacks[-1])

    def apply(self, stack: Stack) -> None:
        """Apply a stack: one of this session's copies, or another version, which is copied unchanged in its place.

        Return when the load balancer on this machine serves the applied configuration. On AWS that also happens shortly
        after the apply.
        """
        with self._progress.step(f"Applying {stack.name}"):
            terraform = self._terraform(stack)
            folder = self._folder(stack)
            if stack.path.parent != folder:
                copy_configuration(stack.path, folder)
            if not (folder / ".terraform").exists():
                terraform.init()
            self._apply(terraform, folder)
            self.loop.catch_up()

    def _apply(self, terraform: Terraform, folder: Path) -> None:
        """Apply the stack.

        If that fails, the message includes the last task that failed meanwhile, which is often the cause.
        """
        before = len(self.scheduler.failures())
        try:
            terraform.apply(self._plan_check.checked_plan(terraform, folder) if self._plan_check is not None else None)
        except TerraformError as error:
            failures = self.scheduler.failures()[before:]
            if not failures:
                raise
            raise SandboxError(f"{error}\n{failures[-1]}") from error

    def plan(self, stack: Stack) -> Plan:
        """Return the plan of another apply of the stack as it was applied last."""
        with self._progress.step(f"Planning {stack.name} again"):
            return self._terraform(stack).plan()

    def destroy(self, stack: Stack) -> None:
        with self._progress.step(f"Destroying {stack.name}"):
            self._terraform(stack).destroy()

    def destroy_all(self) -> None:
        """Destroy the deployment, then the repositories. The state bucket is protected and ends with the emulator."""
        for stack in reversed(self.stacks):
            if stack.name != STATE_BACKEND:
                self.destroy(stack)

    def outputs(self, stack: Stack) -> dict[str, Any]:
        """Return the outputs of the stack's last apply, by name."""
        return self._terraform(stack).outputs()

    def addresses(self, stack: Stack) -> tuple[str, ...]:
        """Return the addresses in the stack's state."""
        return self._terraform(stack).addresses()

    def wait_for_rollouts(self, stack: Stack) -> None:
        """Wait until the rollout of every service of an applied stack is completed and its targets are healthy.

        Raises SandboxError, with the log of the task that failed last, if a rollout fails, takes longer than Terraform
        would wait, or when there is a reason to stop.
        """
        try:
            services = applied_services(self._terraform(stack).pull_state())
            wait_for_rollouts(
                services,
                self.aws,
                self._progress,
                pause=lambda seconds: self.pause(min(seconds, _LONGEST_PAUSE_SECONDS)),
            )
        except RolloutError as error:
            failures = self.scheduler.failures()
            raise SandboxError(f"{error}\n{failures[-1]}" if failures else str(error)) from error

    def tasks(self, service: str) -> list[TaskListing]:
        """Return the tasks of the deployment's service `service` that have not stopped, those that drain included."""
        return [task for task in self.scheduler.tasks() if task.service_name.endswith(f"-{service}")]

    def endpoints(self) -> Endpoints:
        """Return the endpoints of the deployment's load balancer on this machine."""
        return find_endpoints(self.loop.snapshot, self.data_plane.ports())

    def stop_reason(self) -> str | None:
        """Return the reason to end the session, or None: an interruption, or a failure of the sandbox itself."""
        requested = self.stop_requested()
        return requested if requested is not None else self.loop.failure()

    def pause(self, seconds: float) -> None:
        """Wait. Raises SandboxError as soon as there is a reason to end the session."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            reason = self.stop_reason()
            if reason is not None:
                raise SandboxError(reason)
            time.sleep(_POLL_SECONDS)

    def _terraform_stop_reason(self) -> str | None:
        """Return the reason to stop Terraform: also a failed deployment, for which it would wait until its timeout."""
        reason = self.stop_reason()
        return reason if reason is not None else self.loop.failed_deployment()

    def _folder(self, stack: Stack) -> Path:
        return self.synthesized / "stacks" / stack.name

    def _terraform(self, stack: Stack) -> Terraform:
        terraform = Terraform(
            folder=self._folder(stack),
            environment=self.environment,
            on_event=TerraformProgress(self._progress).on_event,
            stop_reason=self._terraform_stop_reason,
        )
        with self._terraform_lock:
            if self._closed:
                raise TerraformStoppedError("the session has ended")
            self._running_terraform = terraform
        return terraform
