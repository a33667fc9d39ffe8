"""`colonnade sandbox migrate`: what happens, in order, and what is printed about it.

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
from colonnade_sandbox.migration.table import as_table
from colonnade_sandbox.migration.tally import tally
from colonnade_sandbox.migration.watch import Watch, make_load
from colonnade_sandbox.planning.plan_check import PlanRefusedError
from colonnade_sandbox.session.listener_client import get
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.synthesized import Stack
from colonnade_sandbox.tasks.scheduler import TaskListing

_BACK = "back to {}"
_REQUESTS = 300
"""How many are awaited in each phase once it is applied."""
_CANARY_REQUESTS = 2000


class MigrationRun:
    """One run in a session that has just started. `chart` is the file that takes the picture.

    `phases` are the deployment's stacks; the session must have been made with the first one, with the catalog of
    `faults`, and with a plan check.
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
        """Deploy, go there and back under load, report, destroy; raises SandboxError when a check fails."""
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
            self._check_retired()
            self._go(watch, "cutover", "canary", "attached", "monolith", title=_BACK)
        self._report(watch)
        self._session.destroy_all()
        self._check(watch)

    def _go(self, watch: Watch, *phases: str, title: str = "{}", requests: int = _REQUESTS) -> None:
        """Apply one phase after the other, wait until it is healthy, and observe it."""
        for phase in phases:
            self._session.apply(self._phases[phase])
            self._session.wait_until_healthy()
            watch.observe_stage(title.format(phase), requests=requests, microservices_percent=self._percent())

    def _break_down(self, watch: Watch) -> None:
        """Kill the microservice's tasks, and let no new one start."""
        service = self._facts.outage.service
        self._progress.say(f"Killing the tasks of {service}; no new one can start.")
        watch.begin_outage(self._facts.outage.path_prefix)
        self._faults.break_down(self._tasks(service))
        row = watch.observe_stage(f"{service} down", requests=_REQUESTS, microservices_percent=None)
        if not row.failed_of_outage:
            raise SandboxError(f"{service} was killed and could not start, and yet no request failed")
        self._progress.say(f"  {self._session.scheduler.failures()[-1]}")

    def _retreat(self, watch: Watch) -> None:
        """Go back until the monolith answers everything: that is the rollback; the repair is not urgent."""
        service = self._facts.outage.service
        self._session.apply(self._phases["canary"])
        # Failed requests are nobody's, which moves the share of those that are answered.
        watch.observe_stage(_BACK.format("canary"), requests=_REQUESTS, microservices_percent=None)
        self._session.apply(self._phases["attached"])
        seconds = watch.end_outage()
        watch.observe_stage(_BACK.format("attached"), requests=_REQUESTS, microservices_percent=self._percent())
        self._progress.say(f"  {seconds:.0f} s after the kill every request was answered again; now {service} starts.")
        self._faults.repair()
        self._session.wait_until_healthy()

    def _refuse_leap(self, phase: str) -> None:
        """Check that the plan of more than one step at once is refused."""
        try:
            self._session.apply(self._phases[phase])
        except PlanRefusedError as refusal:
            self._progress.say(f"Straight to {phase} is refused:\n  " + str(refusal).replace("\n", "\n  "))
        else:
            raise SandboxError(f"going straight to {phase} was not refused")

    def _check_retired(self) -> None:
        """Check that no task of the monolith runs, and that paths which only it answered are a fixed 503."""
        endpoints = self._session.endpoints()
        authority = self._session.data_plane.certificate_authority_path
        for path in self._facts.monolith_paths:
            answer = get(endpoints.listeners[0], host=endpoints.host, path=path, certificate_authority=authority)
            self._progress.say(f"  GET {path}: {answer.status} {' '.join(answer.body.split())}")
            if answer.status != 503:
                raise SandboxError(f"in retired GET {path} answers {answer.status}, not 503")
        if left := self._tasks(self._facts.monolith):
            raise SandboxError(f"in retired {len(left)} tasks of the monolith still run")

    def _report(self, watch: Watch) -> None:
        rows = tally(watch.samples, watch.stages, watch.outage)
        self._chart.parent.mkdir(parents=True, exist_ok=True)
        self._chart.write_text(as_svg(watch.samples, watch.stages), encoding="utf-8")
        self._progress.say()
        self._progress.show(as_table(rows))
        self._progress.say(f"{requests_per_second(watch.samples):.0f} requests a second. Picture: {self._chart}\n")

    def _check(self, watch: Watch) -> None:
        rows = tally(watch.samples, watch.stages, watch.outage)
        broken = list(failed_checks(rows, watch.samples))
        if broken:
            raise SandboxError("checks failed:\n" + "\n".join(f"  {each}" for each in broken))
        self._progress.say("There and back without a failed request, but for those that were meant to fail.")

    def _percent(self) -> int:
        return microservices_percent(self._session.loop.snapshot.load_balancers)

    def _tasks(self, service: str) -> list[TaskListing]:
        return [task for task in self._session.scheduler.tasks() if task.service_name.endswith(f"-{service}")]
