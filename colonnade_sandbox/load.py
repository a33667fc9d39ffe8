"""Load: requests to one listener at a fixed rate, from a separate thread.

request -> answer -> `Sample`: status, times, and the service that answered

A request is never sent twice, and every second request opens a new connection. So a request that a rolling deployment
breaks appears as a failed sample.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import uvloop

from colonnade_sandbox.session.endpoints import Endpoint

_TIMEOUT_SECONDS = 15.0
_MOST_IN_FLIGHT = 100
"""While this many requests are unanswered, no further request is sent, because more of them could cause failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One request and its result. Times are those of `time.monotonic`, in seconds."""

    path: str
    sent_at: float
    ended_at: float
    status: int | None
    """None if no complete answer was received within the timeout."""
    answered_by: str = ""
    """The service that answered, as the function `answered_by` of the `Load` determines it."""
    problem: str = ""
    """The reason why there is no answer."""

    @property
    def failed(self) -> bool:
        """True if the status is not 200."""
        return self.status != 200

    def __str__(self) -> str:
        result = f"status {self.status}" if self.status is not None else self.problem
        return f"{self.path}: {result} after {self.ended_at - self.sent_at:.3f} s"


class Load:
    """A context manager that requests `paths` in turn with GET until it is left.

    The rate is `requests_per_second` as long as fewer than 100 requests are unanswered. `answered_by` returns the
    service that answered, from an answer's headers and body. `certificate_authority` is read only for HTTPS. A request
    fails without a complete answer within `timeout_seconds`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        host: str,
        paths: Sequence[str],
        answered_by: Callable[[Mapping[str, str], bytes], str],
        certificate_authority: Path,
        requests_per_second: float = 100.0,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        self._endpoint = endpoint
        self._host = host
        self._paths = tuple(paths)
        self._answered_by = answered_by
        self._interval = 1 / requests_per_second
        self._timeout_seconds = timeout_seconds
        self._tls = (
            ssl.create_default_context(cafile=str(certificate_authority)) if endpoint.scheme == "https" else None
        )
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="load")
        self._work: Future[None] | None = None
        self._samples: list[Sample] = []

    def __enter__(self) -> Self:
        self._work = self._thread.submit(self._run)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for the answers to the requests in flight.

        Raises the exception that stopped the load, if there is one.
        """
        self._stop.set()
        self._thread.shutdown()
        if self._work is not None and error is None:
            self._work.result()

    def samples(self, *, since: float = 0.0) -> tuple[Sample, ...]:
        """Return the samples sent at `since` (`time.monotonic`) or later, in the order in which they ended."""
        return tuple(sample for sample in tuple(self._samples) if sample.sent_at >= since)

    def wait_for(self, count: int, *, stop_reason: Callable[[], str | None] = lambda: None) -> tuple[Sample, ...]:
        """Wait until `count` more requests have ended or `stop_reason` returns a reason. Return their samples."""
        begin = time.monotonic()
        while len(found := self.samples(since=begin)) < count and stop_reason() is None:
            if self._work is not None and self._work.done():
                self._work.result()
                break
            time.sleep(0.05)
        return found

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._send_all())

    async def _send_all(self) -> None:
        room = asyncio.Semaphore(_MOST_IN_FLIGHT)
        async with (
            self._session(keep_alive=True) as kept,
            self._session(keep_alive=False) as fresh,
            asyncio.TaskGroup() as sent,
        ):
            sessions = itertools.cycle((kept, fresh))
            begin = time.monotonic()
            for number in itertools.count():
                await asyncio.sleep(begin + number * self._interval - time.monotonic())
                await room.acquire()
                if self._stop.is_set():
                    return
                # The sessions alternate. The paths shift by one in each round, so that each path uses both sessions.
                place = (number + number // (2 * len(self._paths))) % len(self._paths)
                request = sent.create_task(self._send(next(sessions), self._paths[place]))
                request.add_done_callback(lambda _request: room.release())

    def _session(self, *, keep_alive: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=not keep_alive),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout_seconds),
        )

    async def _send(self, session: aiohttp.ClientSession, path: str) -> None:
        sent_at = time.monotonic()
        status, answered_by, problem = None, "", ""
        try:
            async with session.get(
                f"{self._endpoint.scheme}://127.0.0.1:{self._endpoint.port}{path}",
                headers={"Host": self._host},
                allow_redirects=False,
                ssl=self._tls if self._tls is not None else True,
                server_hostname=self._host if self._tls is not None else None,
                middlewares=(_Once(),),
            ) as answer:
                body = await answer.read()
                status, answered_by = answer.status, self._answered_by(answer.headers, body)
        except (aiohttp.ClientError, OSError) as error:
            problem = f"{type(error).__name__}: {error}"
        self._samples.append(
            Sample(
                path=path,
                sent_at=sent_at,
                ended_at=time.monotonic(),
                status=status,
                answered_by=answered_by,
                problem=problem,
            )
        )


class _Once:
    """Middleware that prevents aiohttp from retrying a GET after the server has closed a kept connection, because a
    retry would hide the failure."""

    def __init__(self) -> None:
        self._sent = False

    async def __call__(self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        if self._sent:
            raise aiohttp.ServerDisconnectedError("the load balancer closed a kept connection")
        self._sent = True
        return await send(request)
