"""The health checks of the targets of attached target groups."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import aiohttp
from yarl import URL

from colonnade_sandbox.control_plane.snapshot import HealthCheck, Target
from colonnade_sandbox.data_plane.firewall import connections_time_out
from colonnade_sandbox.data_plane.health_state import TIMED_OUT, UNREACHABLE, CheckResult, judge_status
from colonnade_sandbox.data_plane.target_groups import RegisteredTarget, TargetPool


class HealthChecks:
    """One asyncio task per registered target of each target group in use, on the data plane's event loop."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=0),
            trace_configs=[connections_time_out()],
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "ELB-HealthChecker/2.0"},
        )
        self._watches: dict[RegisteredTarget, tuple[HealthCheck, asyncio.Task[None]]] = {}

    def update(self, pools: Iterable[TargetPool]) -> None:
        """Check the registered targets of every pool that a listener rule forwards to.

        Targets of any other pool are not checked. Restart the checks of a pool whose settings have changed.
        """
        wanted = {record: pool for pool in pools if pool.attached for record in pool.registered}
        for record, (check, task) in tuple(self._watches.items()):
            if record not in wanted or wanted[record].health_check != check:
                task.cancel()
                del self._watches[record]
        for record, pool in wanted.items():
            if record not in self._watches:
                watch = asyncio.create_task(self._watch(record, pool, pool.health_check))
                self._watches[record] = pool.health_check, watch

    async def close(self) -> None:
        self.update([])
        await self._session.close()

    async def _watch(self, record: RegisteredTarget, pool: TargetPool, check: HealthCheck) -> None:
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            record.health = record.health.after(await self._check(record.target, pool, check), check)
            await asyncio.sleep(started + check.interval_seconds - loop.time())

    async def _check(self, target: Target, pool: TargetPool, check: HealthCheck) -> CheckResult:
        port = check.port if check.port is not None else target.port
        url = URL.build(scheme=check.protocol.lower(), host=target.address, port=port, path=check.path, encoded=True)
        timeout = aiohttp.ClientTimeout(total=check.timeout_seconds)
        try:
            # A load balancer does not verify the certificates of its targets.
            async with self._session.get(
                url,
                timeout=timeout,
                allow_redirects=False,
                ssl=False,
                trace_request_ctx=lambda: pool.reaches(target.address, port),
            ) as answer:
                return judge_status(answer.status, check.matcher)
        except TimeoutError:
            return TIMED_OUT
        except (aiohttp.ClientError, OSError):
            return UNREACHABLE
