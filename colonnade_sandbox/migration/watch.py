"""The load that runs through the whole journey, cut into stages, with a line to read at the end of each."""

from __future__ import annotations

import time

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.load import Load, Sample
from colonnade_sandbox.migration.tally import Outage, Row, Stage, tally
from colonnade_sandbox.progress import Progress
from colonnade_sandbox.session import Session

_PATHS = (
    "/api/users",
    "/api/users/1",
    "/api/threads",
    "/api/threads/1",
    "/api/posts",
    "/api/posts/1",
    "/api/posts/in-thread/1",
    "/api/posts/by-user/1",
)
_REQUESTS_PER_SECOND = 60.0
_SERVED_BY = "X-Served-By"


def make_load(session: Session) -> Load:
    """Requests for all resources of the deployed board, not yet running."""
    endpoints = session.endpoints()
    return Load(
        endpoints.listeners[0],
        host=endpoints.host,
        paths=_PATHS,
        answered_by=lambda headers, _body: headers.get(_SERVED_BY, ""),
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

    def stay(self, title: str, *, requests: int, microservices_percent: int | None) -> Row:
        """Now that its change is applied, let a stage answer that many requests; it began where the last one ended."""
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
        """From now on requests below `path_prefix` are meant to fail."""
        self.outage = Outage(path_prefix=path_prefix, began_at=time.monotonic())

    def end_outage(self) -> float:
        """From now on nothing is; how many seconds it lasted."""
        if self.outage is None:
            raise RuntimeError("there is no outage")
        self.outage = self.outage.until(time.monotonic())
        return self.outage.ended_at - self.outage.began_at


def _told(row: Row) -> str:
    share = f"{row.settled_share:.1f} % of the answers" if row.settled_share is not None else "no answer"
    meant = f" and {row.failed_of_outage} that were meant to" if row.failed_of_outage else ""
    return f"{row.stage.title}: {row.requests} requests, {len(row.failed)} failed{meant}; microservices gave {share}"
