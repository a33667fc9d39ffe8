"""The load of the whole run, cut into stages, with a line of output at the end of each."""

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
    """Return a load of the deployment's paths, not yet running."""
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
    """`stages` and `outage` are what happened so far, `samples` all requests of it. To be made before the load runs."""

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
        """Wait for that many requests now that the stage's change is applied; it began where the last one ended."""
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
        self._progress.say(f"  {_told(row)}")
        return row

    def begin_outage(self, path_prefix: str) -> None:
        """Expect requests below `path_prefix` to fail from now on."""
        self.outage = Outage(path_prefix=path_prefix, began_at=time.monotonic())

    def end_outage(self) -> float:
        """Expect no request to fail from now on; return how many seconds the outage lasted."""
        if self.outage is None:
            raise RuntimeError("there is no outage")
        self.outage = self.outage.until(time.monotonic())
        return self.outage.ended_at - self.outage.began_at


def _told(row: Row) -> str:
    share = f"{row.settled_share:.1f} % of the answers" if row.settled_share is not None else "no answer"
    meant = f" and {row.failed_of_outage} that were meant to" if row.failed_of_outage else ""
    return f"{row.stage.title}: {row.requests} requests, {len(row.failed)} failed{meant}; microservices gave {share}"
