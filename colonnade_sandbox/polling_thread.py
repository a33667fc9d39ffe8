"""Four turns a second in a thread of its own, until told to stop or until a turn fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_TURN_SECONDS = 0.25
_POLL_SECONDS = 0.05


class PollingThread:
    """Calls `turn` from `start` to `close`; `name` is the thread's, `what` the subject of what `failure` tells."""

    def __init__(self, turn: Callable[[], None], *, name: str, what: str) -> None:
        self._turn = turn
        self._what = what
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._failure: str | None = None
        self._turns_done = 0

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Return when the last turn is over. Safe to call twice."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def catch_up(self) -> None:
        """Return when a turn that began after this call is over, or when none will be."""
        # The next one to end may have begun before.
        enough = self._turns_done + 2
        while self._turns_done < enough and self._thread.is_alive():
            time.sleep(_POLL_SECONDS)

    def failure(self) -> str | None:
        """Why there will be no further turn; None as long as all is well. May be asked from any thread."""
        return self._failure

    def _run(self) -> None:
        try:
            while not self._stop.wait(_TURN_SECONDS):
                self._turn()
                self._turns_done += 1
        except Exception as error:  # noqa: BLE001  (whatever it was, Terraform must not wait for it for minutes)
            self._failure = f"{self._what}: {type(error).__name__}: {error}"
