"""Changes of the deployment under load: a good and a bad update, a restart, and a Terraform that is killed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence

from colonnade_sandbox.load import Sample
from tests.support.changed_stacks import Changes
from tests.support.processes import running_below
from tests.support.waiting import wait_until
from tools.chaos.case import Outcome, failed_of, failures
from tools.chaos.started import Started

_HEALTH = ("/service1/health", "/service2/health")
_PATHS = ("/service1", "/service2", *_HEALTH, "/service1/fetch")
_WRONG_PORT = Changes(
    variables={"service1": {"VERSION": "3.0.0", "PORT": "7999"}, "service2": {"VERSION": "2.0.0"}},
)
"""The change to a version of service1 that never becomes healthy."""
_APPLIES_WITHIN_SECONDS = 120.0
_INTO_THE_APPLY_SECONDS = 3.0


def good_and_bad_update(started: Started) -> Outcome:
    """Update to another version, then to one that listens on a wrong port, which ECS rolls back."""
    with started.load(*_PATHS) as load:
        started.settle(load)
        good, good_output = started.update(_version("2.0.0"))
        updated_at = time.monotonic()
        bad, bad_output = started.update(_WRONG_PORT)
        started.settle(load)
    problems = [*failures(load.samples())]
    if good != 0:
        problems.append(f"the good update ended with status {good}: {_last_line(good_output)}")
    if bad == 0 or "rolled back" not in bad_output:
        problems.append(f"the bad update ended with status {bad}: {_last_line(bad_output)}")
    served = set(_versions(load.samples(since=updated_at)))
    if served != {"2.0.0"}:
        problems.append(f"versions after the good update: {', '.join(sorted(served))}")
    happened = f"{failed_of(load.samples())}, exit statuses {good} and {bad}, version {', '.join(sorted(served))}"
    return Outcome(happened=happened, problems=tuple(problems))


def restarted(started: Started) -> Outcome:
    """Replace every task of service2 with `colonnade restart`."""
    former = started.tasks("service2")
    with started.load(*_PATHS) as load:
        started.settle(load)
        began = time.monotonic()
        status, output = started.operate("restart", "service2")
        seconds = time.monotonic() - began
        started.settle(load)
    problems = [*failures(load.samples())]
    if status != 0:
        problems.append(f"exit status {status}: {_last_line(output)}")
    if kept := {each.task_id for each in former} & {each.task_id for each in started.tasks("service2")}:
        problems.append(f"{len(kept)} tasks were not replaced")
    happened = f"{failed_of(load.samples())}, exit status {status} after {seconds:.0f} s"
    return Outcome(happened=happened, problems=tuple(problems))


def terraform_killed(started: Started) -> Outcome:
    """Kill Terraform in the middle of an apply: it leaves its lock. Lift the lock and apply again."""
    with started.load(*_PATHS) as load:
        started.settle(load)
        update = started.start_update(_version("4.0.0"))
        try:
            wait_until(lambda: bool(list(_applying(started))), seconds=_APPLIES_WITHIN_SECONDS)
            time.sleep(_INTO_THE_APPLY_SECONDS)
            for process_id in _applying(started):
                os.kill(process_id, signal.SIGKILL)
        finally:
            output, _ = update.communicate()
        left = [line for line in running_below(started.folder).values() if "terraform" in line]
        locked, locked_output = started.update(_version("4.0.0"))
        unlocked, unlocked_output = started.operate("unlock", "services", "-e", "sandbox", "--yes")
        again, again_output = started.update(_version("4.0.0"))
        started.settle(load)
    problems = [*failures(load.samples()), *(f"left running: {each}" for each in left)]
    if update.returncode == 0 or "killed by SIGKILL" not in output:
        problems.append(f"the killed update ended with status {update.returncode}: {_last_line(output)}")
    if locked == 0 or "lock" not in locked_output:
        problems.append(f"the update beside the lock ended with status {locked}: {_last_line(locked_output)}")
    if unlocked != 0:
        problems.append(f"unlock ended with status {unlocked}: {_last_line(unlocked_output)}")
    if again != 0:
        problems.append(f"the update after unlock ended with status {again}: {_last_line(again_output)}")
    statuses = f"{update.returncode}, {locked}, {unlocked}, {again}"
    happened = f"{failed_of(load.samples())}, exit statuses {statuses}, {len(left)} processes left"
    return Outcome(happened=happened, problems=tuple(problems))


def _version(version: str) -> Changes:
    """Return the change to a version of service1 and service2."""
    return Changes(variables={"service1": {"VERSION": version}, "service2": {"VERSION": version}})


def _versions(samples: Sequence[Sample]) -> Iterator[str]:
    """Yield the versions that /health answered with."""
    for sample in samples:
        if sample.path in _HEALTH and not sample.failed:
            yield str(json.loads(sample.answered_by)["version"])


def _applying(started: Started) -> Iterator[int]:
    """Yield the process of each `terraform apply` of the sandbox."""
    for process_id, line in running_below(started.folder).items():
        words = line.split()  # empty for a process that ends at this moment
        if words and words[0].endswith("terraform") and "apply" in words:
            yield process_id


def _last_line(output: str) -> str:
    return output.strip().splitlines()[-1] if output.strip() else "no output"
