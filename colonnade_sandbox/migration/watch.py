"""The load of the whole run, divided into stages, with a line of output at the end of each."""

from __future__ import annotations

import time

from colonnade.terminal.progress import Progress
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.load import Load, Sample
from colonnade_sandbox.migration.facts import MigrationFacts
from colonnade_sandbox.migration.tally import MONOLITH, Outage, Row, Stage, tally
from colonnade_sandbox.session.session import Session

_REQUESTS_PER_SECOND = 60.0
_MICROSERVICE = "microservice"


def make_load(session: Session, facts: MigrationFacts) -> Load:
    """Return a load of the deployment's paths that does not run yet."""
    endpoints, header = session.endpoints(), facts.served_by_header
    return Load(
        endpoints.listeners[0],
        host=endpoints.host,
        paths=facts.load_paths,
        answered_by=lambda headers, _body: MONOLITH if headers.get(header) == facts.monolith else _MICROSERVICE,
        certificate_authority=session.data_plane.certificate_authority_path,
        requests_per_second=_REQUESTS_PER_SECOND,
    )


class Watch:
    """A record of the run so far: `stages`, `outage`, and `samples`, all requests. Create it before the load runs."""

    def __init__(self, load: Load, session: Session, progress: Progress) -> None:
        self._load = load
        self._session = session
        self._progress = progress
        self._next_began_at = time.monotonic()
        self.stages: list[Stage] = []
        self.outage: Outage | None = None

    @property
    def samples(self) -> tuple[Sample, ...]:
        return self._load.samples()

    def observe_stage(self, title: str, *, requests: int, microservices_percent: int | None) -> Row:
        """Wait for `requests` requests after the stage's change was applied, print and return the stage's counts.

        The stage began when the previous one ended.
        """
        stage = Stage(
            title=title,
            began_at=self._next_began_at,
            settled_at=time.monotonic(),
            microservices_percent=microservices_percent,
        )
        self._load.wait_for(requests, stop_reason=self._session.stop_requested)
        reason = self._session.stop_requested()
        if reason is not None:
            raise SandboxError(reason)
        self._next_began_at = time.monotonic()
        self.stages.append(stage)
        (row,) = tally(self._load.samples(since=stage.began_at), [stage], self.outage)
        self._progress.say(f"  {_summary(row)}")
        return row

    def begin_outage(self, path_prefix: str) -> None:
        """Begin the outage: requests below `path_prefix` may fail from now on."""
        self.outage = Outage(path_prefix=path_prefix, began_at=time.monotonic())

    def end_outage(self) -> float:
        """End the outage: no request may fail from now on. Return its duration in seconds."""
        if self.outage is None:
            raise RuntimeError("there is no outage")
        self.outage = self.outage.until(time.monotonic())
        return self.outage.ended_at - self.outage.began_at


def _summary(row: Row) -> str:
    share = row.settled_share
    answers = f"microservices answered {share:.1f} %" if share is not None else "no request was answered"
    expected = f", {row.failed_of_outage} failed as expected" if row.failed_of_outage else ""
    return f"{row.stage.title}: {row.requests} requests, {len(row.failed)} failed{expected}; {answers}"
