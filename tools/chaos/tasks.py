"""Faults of tasks: killed, stopped through the API, frozen, or all tasks of a service that another one calls."""

from __future__ import annotations

import os
import signal
import time

from colonnade_sandbox.load import Load
from tests.support.processes import ended
from tests.support.waiting import wait_until
from tools.chaos.case import Outcome, failed_of, failures
from tools.chaos.running import RECOVERED_WITHIN_SECONDS, Running

_CALLEE_GONE = {502, 504}
"""The statuses of service1 while no task of service2 answers: it reports its callee, and does not hang."""


def task_killed(running: Running) -> Outcome:
    """Kill a task of service2. Only requests that were in flight at that moment may fail."""
    former = running.tasks("service2")
    victim, *others = former
    with running.load() as load:
        running.settle(load)
        os.kill(victim.process_id, signal.SIGKILL)
        wait_until(lambda: ended(victim.process_id))
        ended_at = time.monotonic()
        seconds = running.wait_for_new_tasks("service2", former, (victim,))
        _fill(load, running)
    later = failures(load.samples(since=ended_at))
    kept = {each.task_id for each in running.tasks("service2")}
    replaced = tuple(f"task {each.task_id} was replaced, too" for each in others if each.task_id not in kept)
    happened = f"{failed_of(load.samples())}, replaced after {seconds:.0f} s"
    return Outcome(happened=happened, problems=(*later, *replaced))


def task_stopped(running: Running) -> Outcome:
    """Stop a task of service2 through the API. It drains, so that no request fails."""
    former = running.tasks("service2")
    with running.load() as load:
        running.settle(load)
        running.stop_task(former[0])
        seconds = running.wait_for_new_tasks("service2", former, former[:1])
        running.settle(load)
    happened = f"{failed_of(load.samples())}, replaced after {seconds:.0f} s"
    return Outcome(happened=happened, problems=failures(load.samples()))


def task_frozen(running: Running) -> Outcome:
    """Freeze a task of service2. Its requests hang until health checks find it, those of other services do not."""
    former = running.tasks("service2")
    with running.load("/service1", "/service2", "/service3", requests_per_second=20) as load:
        running.settle(load)
        os.kill(former[0].process_id, signal.SIGSTOP)
        seconds = running.wait_for_new_tasks("service2", former, former[:1])
        replaced_at = time.monotonic()
        running.settle(load)
    beside = failures(each for each in load.samples() if each.path != "/service2")
    later = failures(load.samples(since=replaced_at))
    happened = f"{failed_of(load.samples())}, replaced after {seconds:.0f} s"
    return Outcome(happened=happened, problems=(*beside, *later))


def callee_killed(running: Running) -> Outcome:
    """Kill every task of service2, which service1 calls."""
    former = running.tasks("service2")
    with running.load("/service1", "/service1/fetch") as load:
        running.settle(load)
        killed_at = time.monotonic()
        for task in former:
            os.kill(task.process_id, signal.SIGKILL)
        running.wait_for_new_tasks("service2", former, former)
        _fill(load, running)
    own = failures(each for each in load.samples() if each.path == "/service1")
    failed = [each for each in load.samples() if each.failed and each.path != "/service1"]
    unnamed = failures(each for each in failed if each.status not in _CALLEE_GONE)
    seconds = max((each.ended_at - killed_at for each in failed), default=0.0)
    late = () if seconds < RECOVERED_WITHIN_SECONDS else (f"calls still failed after {seconds:.0f} s",)
    happened = f"{failed_of(load.samples())}, the last one after {seconds:.0f} s"
    return Outcome(happened=happened, problems=(*own, *unnamed, *late))


def _fill(load: Load, running: Running) -> None:
    """Wait until the load has lasted as long as the cases' size says, and for a second after the fault at least."""
    whole = running.size.load_seconds * running.size.requests_per_second
    load.wait_for(max(whole - len(load.samples()), running.size.requests_per_second))
