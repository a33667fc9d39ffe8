"""The steps of `colonnade sandbox migrate` in their order, and their output.

monolith -> attached -> canary -> cutover -> an outage, and back to attached -> canary -> cutover -> retired
         -> cutover -> canary -> attached -> monolith
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from colonnade.terminal.progress import Progress
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.migration.chart import as_svg
from colonnade_sandbox.migration.checks import failed_checks, requests_per_second
from colonnade_sandbox.migration.facts import MigrationFacts
from colonnade_sandbox.migration.fault_injection import FaultInjection
from colonnade_sandbox.migration.phases import microservices_percent
from colonnade_sandbox.migration.retirement import check_retired
from colonnade_sandbox.migration.table import as_table
from colonnade_sandbox.migration.tally import tally
from colonnade_sandbox.migration.watch import Watch, make_load
from colonnade_sandbox.planning.plan_check import PlanRefusedError
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.synthesized import Stack

_BACK = "back to {}"
_REQUESTS = 300
"""The number of requests that must end in each phase after its apply."""
_CANARY_REQUESTS = 2000


class MigrationRun:
    """One run in a session that has just started. `chart` is the SVG file to write.

    `phases` are the deployment's stacks. The session must have been made with the stack of the first phase, with the
    catalog of `faults`, and with a plan check.
    """

    def __init__(
        self,
        session: Session,
        progress: Progress,
        *,
        facts: MigrationFacts,
        phases: Mapping[str, Stack],
        faults: FaultInjection,
        chart: Path,
    ) -> None:
        self._session = session
        self._progress = progress
        self._facts = facts
        self._phases = phases
        self._faults = faults
        self._chart = chart

    def run(self) -> None:
        """Deploy, migrate and go back under load, report, destroy. Raises SandboxError if a check fails."""
        self._session.deploy()
        load = make_load(self._session, self._facts)
        watch = Watch(load, self._session, self._progress)
        with load:
            watch.observe_stage("monolith", requests=_REQUESTS, microservices_percent=0)
            self._refuse_leap("cutover")
            self._go(watch, "attached")
            self._go(watch, "canary", requests=_CANARY_REQUESTS)
            self._go(watch, "cutover")
            self._break_down(watch)
            self._retreat(watch)
            self._go(watch, "canary", "cutover", "retired")
            check_retired(self._session, self._facts, self._progress)
            self._go(watch, "cutover", "canary", "attached", "monolith", title=_BACK)
        self._report(watch)
        self._session.destroy_all()
        self._check(watch)

    def _go(self, watch: Watch, *phases: str, title: str = "{}", requests: int = _REQUESTS) -> None:
        """Apply the phases in order. After each, wait for healthy targets and observe the load."""
        for phase in phases:
            self._session.apply(self._phases[phase])
            self._session.wait_for_rollouts(self._phases[phase])
            watch.observe_stage(title.format(phase), requests=requests, microservices_percent=self._percent())

    def _break_down(self, watch: Watch) -> None:
        """Kill the microservice's tasks, and prevent new ones from starting."""
        service = self._facts.outage.service
        self._progress.say(f"Killing the tasks of {service}. New tasks cannot start.")
        watch.begin_outage(self._facts.outage.path_prefix)
        self._faults.break_down(self._session.tasks(service))
        row = watch.observe_stage(f"{service} down", requests=_REQUESTS, microservices_percent=None)
        if not row.failed_of_outage:
            raise SandboxError(f"{service} was killed and could not start again, but no request failed")
        self._progress.say(f"  {self._session.scheduler.failures()[-1]}")

    def _retreat(self, watch: Watch) -> None:
        """Go back to phase attached, where the monolith answers everything. Repair the microservice only after that."""
        service = self._facts.outage.service
        self._session.apply(self._phases["canary"])
        # No share is expected, because failed requests count for no service and so change the shares.
        watch.observe_stage(_BACK.format("canary"), requests=_REQUESTS, microservices_percent=None)
        self._session.apply(self._phases["attached"])
        seconds = watch.end_outage()
        watch.observe_stage(_BACK.format("attached"), requests=_REQUESTS, microservices_percent=self._percent())
        self._progress.say(
            f"  Every request was answered again {seconds:.0f} s after the kill. Starting {service} again."
        )
        self._faults.repair()
        self._session.wait_for_rollouts(self._phases["attached"])

    def _refuse_leap(self, phase: str) -> None:
        """Check that a plan which skips a phase is refused."""
        try:
            self._session.apply(self._phases[phase])
        except PlanRefusedError as refusal:
            message = str(refusal).replace("\n", "\n  ")
            self._progress.say(f"Going straight to {phase} was refused, as expected:\n  {message}")
        else:
            raise SandboxError(f"going straight to {phase} was not refused")

    def _report(self, watch: Watch) -> None:
        rows = tally(watch.samples, watch.stages, watch.outage)
        self._chart.parent.mkdir(parents=True, exist_ok=True)
        self._chart.write_text(as_svg(watch.samples, watch.stages), encoding="utf-8")
        self._progress.say()
        self._progress.show(as_table(rows))
        self._progress.say(f"{requests_per_second(watch.samples):.0f} requests per second. Chart: {self._chart}\n")

    def _check(self, watch: Watch) -> None:
        rows = tally(watch.samples, watch.stages, watch.outage)
        failures = list(failed_checks(rows, watch.samples))
        if failures:
            raise SandboxError("checks failed:\n" + "\n".join(f"  {failure}" for failure in failures))
        self._progress.say("No request failed during the migration and the way back, except in the planned outage.")

    def _percent(self) -> int:
        return microservices_percent(self._session.loop.snapshot.load_balancers)
