"""A thread that calls a function several times a second, until `close` or until a call fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_TURN_SECONDS = 0.25
_POLL_SECONDS = 0.05


class PollingThread:
    """A thread `name` that calls `turn` from `start` to `close`, every 0.25 seconds by default.

    `what` is the beginning of the `failure` message.
    """

    def __init__(self, turn: Callable[[], None], *, name: str, what: str, turn_seconds: float = _TURN_SECONDS) -> None:
        self._turn = turn
        self._what = what
        self._turn_seconds = turn_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._failure: str | None = None
        self._turns_done = 0

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and wait until its last turn has ended. Safe to call twice."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def catch_up(self) -> None:
        """Wait until a turn that began after this call has ended, or until the thread has ended."""
        # The next turn to end may have begun before this call.
        enough = self._turns_done + 2
        while self._turns_done < enough and self._thread.is_alive():
            time.sleep(_POLL_SECONDS)

    @property
    def turns(self) -> int:
        """The number of turns that have ended."""
        return self._turns_done

    def failure(self) -> str | None:
        """Return the reason why the thread has stopped, or None. May be called from any thread."""
        return self._failure

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._turn_seconds):
                self._turn()
                self._turns_done += 1
        except Exception as error:  # noqa: BLE001  (on any error, Terraform must not wait for minutes)
            self._failure = f"{self._what}: {type(error).__name__}: {error}"
