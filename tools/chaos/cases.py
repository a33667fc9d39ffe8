"""The table of cases: `quick_cases` run in a sandbox that a test has started, all of them in one that `started` starts.

A sentence in `expected` is the bound that `run` checks.
"""

from __future__ import annotations

from functools import partial

from tools.chaos.bodies import BREAKS, MEGABYTES, answers_break_off, large_bodies
from tools.chaos.case import Case
from tools.chaos.changes import good_and_bad_update, restarted, terraform_killed
from tools.chaos.clients import (
    CONNECTED_WITHIN_SECONDS,
    RESETS,
    SLOW_CLIENTS,
    clients_reset,
    many_connections,
    slow_clients,
)
from tools.chaos.running import RECOVERED_WITHIN_SECONDS, Running, Size
from tools.chaos.started import Started
from tools.chaos.tasks import callee_killed, task_frozen, task_killed, task_stopped
from tools.chaos.whole import GONE_WITHIN_SECONDS, STOPPED_SECONDS, sandbox_killed, sandbox_stopped

_REPLACED = f"replaced within {RECOVERED_WITHIN_SECONDS:.0f} s"


def quick_cases(size: Size) -> tuple[Case[Running], ...]:
    """Return the cases that need only a running sandbox with the deployment `services`."""
    rate = f"{size.requests_per_second} requests/s"
    return (
        Case(
            name="task-killed",
            done=f"SIGKILL of a task at {rate} for {size.load_seconds} s",
            expected=f"0 failed but those in flight on it, {_REPLACED}",
            run=task_killed,
        ),
        Case(name="task-stopped", done=f"StopTask at {rate}", expected=f"0 failed, {_REPLACED}", run=task_stopped),
        Case(
            name="many-connections",
            done=f"{size.connections:,} TLS connections at once at {rate}",
            expected=f"all answered within {CONNECTED_WITHIN_SECONDS:.0f} s, 0 others failed",
            run=many_connections,
        ),
        Case(
            name="slow-clients",
            done=f"{SLOW_CLIENTS} slowloris clients for {size.slow_seconds} s at {rate}",
            expected="0 others failed",
            run=slow_clients,
        ),
        Case(
            name="clients-reset",
            done=f"{RESETS} connections reset before their answers at {rate}",
            expected="0 others failed",
            run=partial(clients_reset, path="/service1/fetch", read_bytes=0),
        ),
    )


def all_cases(size: Size) -> tuple[Case[Started], ...]:
    """Return every case, in the order in which they run: the last one ends the sandbox."""
    rate = f"{size.requests_per_second} requests/s"
    return (
        *quick_cases(size),
        Case(
            name="downloads-reset",
            done=f"{RESETS} downloads reset in the middle at {rate}",
            expected="0 others failed",
            run=partial(clients_reset, path="/service3/bytes?count=104857600", read_bytes=65_536),
        ),
        Case(
            name="answers-break-off",
            done=f"{BREAKS} answers that the task breaks off at {rate}",
            expected="none looks complete, 0 others failed",
            run=answers_break_off,
        ),
        Case(
            name="large-bodies",
            done=f"{MEGABYTES} MB up, then {MEGABYTES} MB down at {rate}",
            expected="the same bytes, 0 others failed",
            run=large_bodies,
        ),
        Case(
            name="callee-killed",
            done=f"SIGKILL of every task of a called service at {rate}",
            expected=f"calls 502 or 504 for at most {RECOVERED_WITHIN_SECONDS:.0f} s, 0 others failed",
            run=callee_killed,
        ),
        Case(
            name="updates",
            done=f"a good, then a bad update in place at {rate}",
            expected="0 failed, status 0, then rolled back and not 0",
            run=good_and_bad_update,
        ),
        Case(
            name="restart",
            done=f"`colonnade restart` at {rate}",
            expected="0 failed, every task replaced, status 0",
            run=restarted,
        ),
        Case(
            name="terraform-killed",
            done=f"SIGKILL of Terraform in an apply, update, `unlock`, update at {rate}",
            expected="0 failed, no process left, locked, lifted, applied",
            run=terraform_killed,
        ),
        Case(
            name="task-frozen",
            done="SIGSTOP of a task at 20 requests/s",
            expected=f"0 failed of other services and afterwards, {_REPLACED}",
            run=task_frozen,
        ),
        Case(
            name="sandbox-stopped",
            done=f"SIGSTOP of the sandbox for {STOPPED_SECONDS} s at {rate}",
            expected="0 failed for patient clients, no task replaced",
            run=sandbox_stopped,
        ),
        Case(
            name="sandbox-killed",
            done="kill -9 of the sandbox, then a start that is interrupted",
            expected=f"no process after {GONE_WITHIN_SECONDS:.0f} s, no folder after the start, status 130",
            run=sandbox_killed,
        ),
    )
