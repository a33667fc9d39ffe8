"""The commands that start an emulator: demo, up, run, migrate, and the internal plan and plan-change."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.processes import Interruption
from colonnade.terminal.progress import Progress
from colonnade_sandbox.demo.demo import describe, run_demo
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.migration.facts import read_facts
from colonnade_sandbox.migration.fault_injection import FaultInjection
from colonnade_sandbox.migration.phases import PHASES, read_phases
from colonnade_sandbox.migration.run import MigrationRun
from colonnade_sandbox.planning.change_plans import Change, ChangePlans
from colonnade_sandbox.planning.plan_check import PlanCheck
from colonnade_sandbox.planning.planning_account import PlanningAccount
from colonnade_sandbox.planning.state_cache import StateCache
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.file import SessionFile
from colonnade_sandbox.session.input_checks import require_startable
from colonnade_sandbox.session.kept_logs import discard_logs, keep_logs
from colonnade_sandbox.session.lifetime import StopRequested, run_until_end
from colonnade_sandbox.session.outside import read_outside
from colonnade_sandbox.session.prefix_check import prefix_questions
from colonnade_sandbox.session.run_command import run_command
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.session.status import aws_facts, session_status
from colonnade_sandbox.session.talk import Talk
from colonnade_sandbox.session.update import Update
from colonnade_sandbox.session.update_lock import end_update
from colonnade_sandbox.session.watch import Watch
from colonnade_sandbox.synthesized import read_stack
from colonnade_sandbox.tasks.image_catalog import ImageCatalog
from colonnade_sandbox.terraform.progress import TerraformProgress

_STATUS_SECONDS = 1.0


def demo(*, project: Project, synthesized: Path, deployment: str, progress: Progress) -> int:
    """Deploy, make requests, plan again, destroy. Return OK if every step had the expected result."""

    def body(session: Session, _interruption: Interruption) -> None:
        run_demo(session, project.requests(deployment), progress)

    sessions = _sessions(project, synthesized, deployment, progress)
    return run_until_end(_checked(sessions, project, needs_requests=True), progress, _keeping_logs(body, project))


def up(
    *, project: Project, synthesized: Path, deployment: str, progress: Progress, update_command: Sequence[str] = ()
) -> int:
    """Deploy, stay until interrupted, destroy. Return OK if the deployment started and everything was destroyed.

    If the deployment runs already, update it in place. With `update_command`, follow the project's files as long as the
    deployment runs; the command is an update of it.
    """
    file = SessionFile(project.scratch, deployment)
    facts = file.read()
    if facts is not None:
        return _update(file, facts, project, synthesized, progress, update_command)

    def body(session: Session, interruption: Interruption) -> None:
        watch = Watch(project=project, aws=session.aws, command=update_command, progress=progress)
        _stay(session, interruption, file, progress, watch if update_command else None)

    with file.held():
        sessions = _sessions(project, synthesized, deployment, progress)
        return run_until_end(_checked(sessions, project), progress, _keeping_logs(body, project))


def _update(
    file: SessionFile,
    facts: Mapping[str, Any],
    project: Project,
    synthesized: Path,
    progress: Progress,
    update_command: Sequence[str],
) -> int:
    if "endpoints" not in facts:
        raise SandboxError(
            f"deployment {file.name!r} is starting or stopping\n"
            "    try again when `colonnade sandbox status` shows its URLs"
        )

    def update(stop_requested: StopRequested) -> Update:
        return Update(
            file=file,
            facts=facts,
            synthesized=synthesized,
            project=project,
            progress=progress,
            stop_requested=stop_requested,
        )

    def body(update: Update, interruption: Interruption) -> None:
        update.run()
        update.close()  # other updates may begin
        if not update_command:
            return
        watch = Watch(project=project, aws=update.aws, command=update_command, progress=progress)
        watch.start()
        while file.runs() and not interruption.wait(_STATUS_SECONDS):
            pass
        watch.close()

    return run_until_end(update, progress, body, rest=f"The sandbox of {file.name!r} runs on.")


def plan(*, synthesized: Path, deployment: str, progress: Progress) -> int:
    """Print Terraform's plan of a first deployment in any environment. Return OK if the plan could be made."""
    stack = read_stack(synthesized, deployment)

    def body(account: PlanningAccount, _interruption: Interruption) -> None:
        account.make_state_buckets([stack])
        account.terraform(stack).show_plan()

    return run_until_end(lambda stop: PlanningAccount([stack], stop_requested=stop), progress, body)


def plan_change(
    *, project: Project, base: Path, synthesized: Path, stacks: Sequence[str], out: Path, progress: Progress
) -> int:
    """Write the plan of each of `stacks` against `base` to `out`/NAME.json. Return OK if all plans could be made."""
    states = StateCache(project.scratch / "states")
    change = Change.read(base=base, head=synthesized, names=stacks)

    def account(stop_requested: StopRequested) -> PlanningAccount:
        on_event = TerraformProgress(progress).on_event
        return PlanningAccount((*change.bases, *change.heads), stop_requested=stop_requested, on_event=on_event)

    def body(account: PlanningAccount, _interruption: Interruption) -> None:
        ChangePlans(account, change, out=out, states=states, progress=progress).make()

    return run_until_end(account, progress, body)


def run(*, project: Project, synthesized: Path, deployment: str, command: Sequence[str], progress: Progress) -> int:
    """Run a command against the emulator. Return its exit status, or FAILED if the sandbox itself failed."""
    statuses: list[int] = []

    def body(session: Session, _interruption: Interruption) -> None:
        progress.say(f"Running {shlex.join(command)}")
        progress.say(f"AWS endpoint: {session.environment['AWS_ENDPOINT_URL']}")
        progress.say("Press Ctrl-C to stop the command and the emulator.")
        statuses.append(run_command(session, command, project_root=project.root, synthesized=synthesized))

    failed = run_until_end(_sessions(project, synthesized, deployment, progress), progress, body)
    return failed if failed != ExitStatus.OK else statuses[-1]


def migrate(
    *, project: Project, phases: Path, deployment: str | None, plan_check: str, chart: Path, progress: Progress
) -> int:
    """Move a monolith's requests to microservices and back under load. Return OK if every check passed.

    `phases`/PHASE is the synthesized Terraform of each phase. `deployment` defaults to the only one with a [migration]
    table.
    """
    facts = read_facts(project, deployment)
    stacks = read_phases(phases, facts.deployment)
    faults = FaultInjection(project.image_catalog, facts.outage)

    def session(stop_requested: StopRequested) -> Session:
        return Session(
            synthesized=phases / PHASES[0],
            deployment=facts.deployment,
            project_root=project.root,
            progress=progress,
            images=faults.catalog,
            plan_check=PlanCheck(shlex.split(plan_check), working_directory=project.root),
            stop_requested=stop_requested,
        )

    def body(session: Session, _interruption: Interruption) -> None:
        MigrationRun(session, progress, facts=facts, phases=stacks, faults=faults, chart=chart).run()

    return run_until_end(session, progress, _keeping_logs(body, project))


def _sessions(
    project: Project, synthesized: Path, deployment: str, progress: Progress
) -> Callable[[StopRequested], Session]:
    return lambda stop_requested: Session(
        synthesized=synthesized,
        deployment=deployment,
        project_root=project.root,
        progress=progress,
        outside=read_outside(project.outside(deployment)),
        stop_requested=stop_requested,
    )


def _checked(
    make: Callable[[StopRequested], Session], project: Project, *, needs_requests: bool = False
) -> Callable[[StopRequested], Session]:
    """Return `make` with the checks of `require_startable` before anything starts."""

    def checked(stop_requested: StopRequested) -> Session:
        session = make(stop_requested)
        try:
            images = ImageCatalog.load(project.image_catalog)
            require_startable(session.stacks[-1], project, images, needs_requests=needs_requests)
        except BaseException:
            session.close()
            raise
        discard_logs(project, session.deployment)
        return session

    return checked


def _keeping_logs(
    body: Callable[[Session, Interruption], None], project: Project
) -> Callable[[Session, Interruption], None]:
    """Return `body`, which keeps the logs of the tasks if it fails."""

    def keeping(session: Session, interruption: Interruption) -> None:
        try:
            body(session, interruption)
        except ColonnadeError as error:
            if interruption.exit_status is None:
                keep_logs(session, project, error)
            raise

    return keeping


def _stay(
    session: Session, interruption: Interruption, file: SessionFile, progress: Progress, watch: Watch | None
) -> None:
    file.write(aws_facts(session))  # other commands may read the AWS API while Terraform applies
    session.deploy()
    describe(session, session.endpoints(), progress)
    authority = session.data_plane.certificate_authority_path
    for question in prefix_questions(session.loop.snapshot, session.endpoints(), authority):
        progress.say(question)
    progress.say(f"Running until Ctrl-C, or `colonnade sandbox down {session.deployment}`.")
    if watch is not None:
        session.at_end(watch.close)
        watch.start()
    talk = Talk()
    while True:
        file.write(session_status(session))
        for line in talk.lines(session.loop.snapshot, session.observations):
            progress.say(line)
        if interruption.wait(_STATUS_SECONDS):
            break
        failure = session.loop.failure()
        if failure is not None:
            raise SandboxError(failure)
    interruption.acknowledge()
    progress.say("Stopping. Press Ctrl-C again to stop at once.")
    if watch is not None:
        watch.close()
    end_update(session.scratch)
    session.destroy_all()
