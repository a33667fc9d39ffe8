"""The end of a process in development: Ctrl-C. The end of a task is part of the container contract."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

from tests.support.service_process import START_SECONDS, Hold, ServiceProcess, peer


def test_ctrl_c_skips_the_drain_window_and_a_second_ctrl_c_ends_the_process_at_once() -> None:
    hold = Hold()
    with (
        peer(hold=hold) as url,
        ServiceProcess("service1", SERVICE_URL=url, DRAIN_SECONDS="100") as service,
        ThreadPoolExecutor(1) as pool,
    ):
        answer = pool.submit(service.get, "/fetch")
        assert hold.requested.wait(START_SECONDS)
        service.stop(signal.SIGINT)
        service.wait_until_it_does_not_listen()
        assert service.process.poll() is None
        service.stop(signal.SIGINT)
        assert service.wait(3) == 1  # the peer has not answered; the client would wait longer
        assert answer.exception() is not None or answer.result().status_code == 500
