"""The end of a process: the drain window, requests in flight, exit codes, and signals in development."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor

from tests.support.service_process import START_SECONDS, Hold, KeptConnection, ServiceProcess, peer


def _wait_until_draining(service: ServiceProcess) -> None:
    for _ in range(100):
        if service.get("/health").status_code == 503:
            return
        time.sleep(0.02)
    raise AssertionError("/health never reported the drain")


def test_sigterm_drains_and_ends_with_0() -> None:
    with ServiceProcess("service3", DRAIN_SECONDS="3") as service:
        kept = KeptConnection(service)
        assert kept.get("/").getheader("Connection") is None
        started = time.monotonic()
        service.stop()
        _wait_until_draining(service)
        health = service.get("/health")
        assert health.json() == {"name": "service3", "version": "1.0.0", "status": "draining"}
        response = service.get("/")
        assert response.status_code == 200
        assert response.headers["connection"] == "close"
        answer = kept.get("/")
        assert answer.status == 200
        assert answer.getheader("Connection") == "close"
        kept.close()
        assert service.wait() == 0
        assert time.monotonic() - started >= 3
        assert not service.listens()
        assert service.log()[-1]["event"] == "ended"


def test_a_request_in_flight_finishes_after_the_window() -> None:
    hold = Hold()
    with (
        peer(hold=hold) as url,
        ServiceProcess("service1", SERVICE_URL=url, DRAIN_SECONDS="0.2") as service,
        ThreadPoolExecutor(1) as pool,
    ):
        answer = pool.submit(service.get, "/fetch")
        assert hold.requested.wait(START_SECONDS)
        service.stop()
        service.wait_until_it_does_not_listen()
        assert not answer.done()
        hold.released.set()
        assert answer.result().json()["response"] == "hello"
        assert service.wait() == 0


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
