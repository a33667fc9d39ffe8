"""Faults of the sandbox itself: stopped for a while, and killed."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.support.processes import running_below
from tests.support.waiting import wait_until
from tools.chaos.case import Outcome, failed_of, failures
from tools.chaos.running import SERVICES
from tools.chaos.started import Started

STOPPED_SECONDS = 25
GONE_WITHIN_SECONDS = 20.0
_PATIENCE_SECONDS = 90.0
_SAFE_AGE_SECONDS = 61.0
"""A start removes the folder of a killed session only if nothing was made in it for a minute."""
_STARTED_WITHIN_SECONDS = 60.0
_INTERRUPTED = 130


def sandbox_stopped(started: Started) -> Outcome:
    """Stop the sandbox's process, then let it go on. Requests of patient clients wait, and no task is replaced."""
    former = {each.task_id for service in SERVICES for each in started.tasks(service)}
    process_id = int(started.facts()["process_id"])
    with started.load("/service1", "/service2", "/service3", timeout_seconds=_PATIENCE_SECONDS) as load:
        started.settle(load)
        os.kill(process_id, signal.SIGSTOP)
        try:
            time.sleep(STOPPED_SECONDS)
        finally:
            os.kill(process_id, signal.SIGCONT)
        continued_at = time.monotonic()
        load.wait_for(started.size.requests_per_second * 5)
    answered = [each.ended_at for each in load.samples() if each.ended_at >= continued_at and not each.failed]
    seconds = min(answered, default=time.monotonic()) - continued_at
    now = {each.task_id for service in SERVICES for each in started.tasks(service)}
    replaced = (f"{len(former - now)} tasks were replaced",) if former - now else ()
    happened = f"{failed_of(load.samples())}, the first answer {seconds:.1f} s after it went on"
    return Outcome(happened=happened, problems=(*failures(load.samples()), *replaced))


def sandbox_killed(started: Started) -> Outcome:
    """Kill the sandbox: its processes end. Start it again and interrupt it: the folder of the first one is removed."""
    facts = started.facts()
    scratch = Path(facts["scratch"])
    os.kill(int(facts["process_id"]), signal.SIGKILL)
    killed_at = time.monotonic()
    while (left := running_below(started.folder)) and time.monotonic() - killed_at < GONE_WITHIN_SECONDS:
        time.sleep(0.1)
    seconds = time.monotonic() - killed_at
    time.sleep(max(0.0, scratch.stat().st_mtime + _SAFE_AGE_SECONDS - time.time()))
    status, output = _start_and_interrupt(started, scratch)
    problems = [f"still runs: {line}" for line in left.values()]
    if status != _INTERRUPTED or "Traceback" in output:
        problems.append(f"the interrupted start ended with status {status}: {output.strip()}")
    remainder = [str(path) for folder in started.written_folders for path in folder.iterdir()]
    problems += [
        f"left by the interrupted start: {each}" for each in (*running_below(started.folder).values(), *remainder)
    ]
    happened = f"its processes ended after {seconds:.1f} s, exit status {status}, {len(remainder)} files left"
    return Outcome(happened=happened, problems=tuple(problems))


def _start_and_interrupt(started: Started, former: Path) -> tuple[int, str]:
    """Start again, send SIGINT as soon as the folder `former` is removed, return the exit status and the output."""
    process, output = started.up()
    with suppress(AssertionError):  # the remainder is a problem of its own
        wait_until(lambda: not former.exists() or process.poll() is not None, seconds=_STARTED_WITHIN_SECONDS)
    process.send_signal(signal.SIGINT)
    status = process.wait(_STARTED_WITHIN_SECONDS)
    return status, output.read_text()
