"""Claims about the end of a process: the drain window, requests in flight, exit codes, and signals in development."""

from __future__ import annotations

import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor

import httpx

from tests.support.service_process import KeptConnection, ServiceProcess, peer

SLOW_SECONDS = 1.5


def _wait_until_draining(service: ServiceProcess) -> None:
    for _ in range(100):
        if service.get("/health").status_code == 503:
            return
        time.sleep(0.02)
    raise AssertionError("never said that it drains")


def test_sigterm_drains_and_ends_with_0() -> None:
    with ServiceProcess("service3", DRAIN_SECONDS="1.5") as service:
        kept = KeptConnection(service)
        assert kept.get("/").getheader("Connection") is None
        service.stop()
        started = time.monotonic()
        _wait_until_draining(service)
        health = service.get("/health")
        assert health.json() == {"name": "service3", "version": "1.0.0", "status": "draining"}
        response = service.get("/")
        assert response.status_code == 200
        assert response.headers["connection"] == "close"
        answer = kept.get("/")
        assert answer.status == 200
        assert answer.getheader("Connection") == "close"
        assert service.wait() == 0
        assert time.monotonic() - started >= 1.5
        assert not service.listens()
        assert service.log()[-1]["event"] == "ended"


def test_a_request_in_flight_finishes_after_the_window() -> None:
    with (
        peer(delay_seconds=SLOW_SECONDS) as url,
        ServiceProcess("service1", SERVICE_URL=url, DRAIN_SECONDS="0.2") as service,
        ThreadPoolExecutor(1) as pool,
    ):
        answer: Future[httpx.Response] = pool.submit(service.get, "/fetch")
        time.sleep(0.5)
        service.stop()
        time.sleep(0.6)
        assert not service.listens()
        assert not answer.done()
        assert answer.result().json()["response"] == "hello"
        assert service.wait() == 0


def test_ctrl_c_skips_the_window_and_a_second_one_ends_it_at_once() -> None:
    with (
        peer(delay_seconds=4) as url,
        ServiceProcess("service1", SERVICE_URL=url, DRAIN_SECONDS="60") as service,
        ThreadPoolExecutor(1) as pool,
    ):
        answer = pool.submit(service.get, "/fetch")
        time.sleep(0.5)
        service.stop(signal.SIGINT)
        time.sleep(0.5)
        assert not service.listens()
        assert service.process.poll() is None
        started = time.monotonic()
        service.stop(signal.SIGINT)
        assert service.wait() == 1
        assert time.monotonic() - started < 2
        assert answer.exception() is not None or answer.result().status_code == 500
