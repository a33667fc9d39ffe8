"""The commands of `python -m colonnade_sandbox` that start an emulator: demo, up, plan, plan-change, run,
migrate-demo.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from colonnade_sandbox.change_plans import ChangePlans
from colonnade_sandbox.demo import describe, run_demo
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.foreign_command import run_command
from colonnade_sandbox.interruption import Interruption
from colonnade_sandbox.kept_states import KeptStates
from colonnade_sandbox.migration.journey import IMAGE, Journey
from colonnade_sandbox.migration.outage import BreakableImages
from colonnade_sandbox.migration.phases import PHASES, read_phases
from colonnade_sandbox.plan_check import PlanCheck
from colonnade_sandbox.progress import Progress
from colonnade_sandbox.session import Session
from colonnade_sandbox.session_facts import session_facts
from colonnade_sandbox.session_file import FOLDER, SessionFile
from colonnade_sandbox.synthesized import read_stack
from colonnade_sandbox.tasks.image_catalog import ImageCatalogError
from colonnade_sandbox.terraform.runner import TerraformError, TerraformStoppedError
from colonnade_sandbox.unserved_account import UnservedAccount

_STATUS_SECONDS = 1.0


def demo(*, synthesized: Path, deployment: str, progress: Progress) -> int:
    """Deploy, ask, plan again, destroy; 0 if all was as it should be."""
    session = Session(synthesized=synthesized, deployment=deployment, project_root=Path.cwd(), progress=progress)
    return _run(session, progress, lambda _interruption: run_demo(session, progress))


def up(*, synthesized: Path, deployment: str, progress: Progress) -> int:
    """Deploy, stay until interrupted, destroy; 0 if it came up and everything was destroyed."""
    session = Session(synthesized=synthesized, deployment=deployment, project_root=Path.cwd(), progress=progress)
    file = SessionFile(FOLDER, deployment)
    with file.held():
        return _run(session, progress, lambda interruption: _stay(session, interruption, file, progress))


def plan(*, synthesized: Path, deployment: str, progress: Progress) -> int:
    """Print Terraform's plan of a first deployment, of any environment; 0 if there is one."""
    stack = read_stack(synthesized, deployment)
    account = UnservedAccount()

    def body(_interruption: Interruption) -> None:
        account.start([stack])
        account.make_state_buckets([stack])
        account.terraform(stack).show_plan()

    return _run(account, progress, body)


def plan_change(*, base: Path, synthesized: Path, stacks: Sequence[str], out: Path, progress: Progress) -> int:
    """Write the plans of `stacks` where `base` is deployed, `out`/NAME.json; 0 if all could be made."""
    states = KeptStates(FOLDER / "states")
    account = UnservedAccount(on_event=progress.on_event)
    plans = ChangePlans(account, base=base, head=synthesized, names=stacks, out=out, states=states, progress=progress)
    return _run(account, progress, lambda _interruption: plans.make())


def run(*, synthesized: Path, deployment: str, command: Sequence[str], progress: Progress) -> int:
    """Run a command with the emulator as its AWS; its exit status, or 1 if the sandbox itself failed."""
    project_root = Path.cwd()
    session = Session(synthesized=synthesized, deployment=deployment, project_root=project_root, progress=progress)
    statuses: list[int] = []

    def body(_interruption: Interruption) -> None:
        progress.say(f"Running {shlex.join(command)}")
        progress.say(f"AWS is at {session.environment['AWS_ENDPOINT_URL']}; Ctrl-C ends both.")
        statuses.append(run_command(session, command, project_root=project_root, synthesized=synthesized))

    failed = _run(session, progress, body)
    return failed if failed != 0 else statuses[-1]


def migrate_demo(*, phases: Path, deployment: str, plan_check: str, chart: Path, progress: Progress) -> int:
    """Move a monolith's requests to microservices and back under load; 0 if every promise was kept."""
    project_root = Path.cwd()
    stacks = read_phases(phases, deployment)
    images = BreakableImages(project_root, image=IMAGE)
    session = Session(
        synthesized=phases / PHASES[0],
        deployment=deployment,
        project_root=project_root,
        progress=progress,
        images=images.catalog,
        plan_check=PlanCheck(shlex.split(plan_check), working_directory=project_root),
    )
    journey = Journey(session, progress, phases=stacks, images=images, chart=chart)
    return _run(session, progress, lambda _interruption: journey.run())


def _run(work: Session | UnservedAccount, progress: Progress, body: Callable[[Interruption], None]) -> int:
    """Start `work`, run `body`, end `work`, whatever happens; the exit code. Failures are told on the console."""
    interruption = Interruption(on_second=work.close)
    work.stop_requested = interruption.reason
    try:
        with work:
            body(interruption)
    except (SandboxError, ImageCatalogError, TerraformError, TerraformStoppedError) as error:
        if interruption.exit_code is None:
            progress.say(f"\nFailed: {error}\nEverything is stopped.")
            return 1
        progress.say("\nInterrupted. Nothing is left running.")
        return interruption.exit_code
    return 0


def _stay(session: Session, interruption: Interruption, file: SessionFile, progress: Progress) -> None:
    session.deploy()
    endpoints = session.endpoints()
    describe(session, endpoints, progress)
    progress.say("Running until Ctrl-C, or `python -m colonnade_sandbox down`.")
    while True:
        file.write(session_facts(session))
        if interruption.wait(_STATUS_SECONDS):
            break
        failure = session.loop.failure()
        if failure is not None:
            raise SandboxError(failure)
    interruption.take()
    progress.say("Ending; Ctrl-C again ends at once.")
    session.destroy_all()
