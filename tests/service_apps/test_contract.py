"""The container contract of docs/add-a-service.md, kept by a service app in Python and one in JavaScript.

Both are started by their commands in images.toml, as in the sandbox.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.images import command_of
from tests.support.service_process import START_SECONDS, Hold, KeptConnection, ServiceProcess, peer, running

IMAGES = ("service1", "orders")
NODES_KEEP_ALIVE_SECONDS = 5
"""Node's default, which is shorter than the idle timeout of a load balancer."""


def app(image: str, **variables: str) -> ServiceProcess:
    return ServiceProcess(image, command=command_of(image), **{"PATH_PREFIX": "/orders", **variables})


@pytest.fixture(scope="module", params=IMAGES)
def served(request: pytest.FixtureRequest) -> Iterator[ServiceProcess]:
    with peer() as url, app(request.param, SERVICE_URL=url) as service:
        yield service


@pytest.mark.xdist_group("contract")
class TestServing:
    @pytest.mark.parametrize("path", ["/health", "/orders/health"])
    def test_health_is_200_with_and_without_the_prefix(self, served: ServiceProcess, path: str) -> None:
        response = served.get(path)
        assert response.status_code == 200
        assert response.json()["status"] == "ok"

    @pytest.mark.parametrize("path", ["/orders", "/orders/"])
    def test_it_serves_under_its_prefix(self, served: ServiceProcess, path: str) -> None:
        response = served.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"

    @pytest.mark.parametrize("path", ["/", "/fetch", "/orders2", "/orders2/fetch"])
    def test_it_serves_nothing_outside_of_its_prefix(self, served: ServiceProcess, path: str) -> None:
        assert served.get(path).status_code == 404

    def test_it_calls_the_service_at_service_url(self, served: ServiceProcess) -> None:
        assert served.get("/orders/fetch").json()["response"] == "hello"

    def test_a_request_is_one_line_of_json_on_standard_output(self, served: ServiceProcess) -> None:
        served.get("/orders?secret=1")
        line = served.logged(event="request", path="/orders")
        assert (line["method"], line["status"]) == ("GET", 200)
        assert "secret" not in served.log_text()


@pytest.mark.parametrize("image", IMAGES)
def test_a_peer_that_cannot_be_reached_is_a_502_and_the_service_keeps_serving(image: str) -> None:
    with app(image, SERVICE_URL="http://no-such-service.invalid:7072") as service:
        assert service.get("/orders/fetch").status_code == 502
        assert service.get("/orders").status_code == 200


def _wait_until_draining(service: ServiceProcess) -> None:
    for _ in range(100):
        if service.get("/health").status_code == 503:
            return
        time.sleep(0.02)
    raise AssertionError("/health never reported the drain")


@pytest.mark.parametrize("image", IMAGES)
def test_sigterm_drains_and_ends_with_0(image: str) -> None:
    with app(image, DRAIN_SECONDS="3") as service:
        kept = KeptConnection(service)
        assert kept.get("/orders").getheader("Connection") != "close"
        started = time.monotonic()
        service.stop()
        _wait_until_draining(service)
        assert service.get("/health").json()["status"] == "draining"
        response = service.get("/orders")
        assert response.status_code == 200
        assert response.headers["connection"] == "close"
        answer = kept.get("/orders")
        assert answer.status == 200
        assert answer.getheader("Connection") == "close"
        kept.close()
        assert service.wait() == 0
        assert time.monotonic() - started >= 3
        assert not service.listens()
        assert service.log()[-1]["event"] == "ended"


@pytest.mark.parametrize("image", IMAGES)
def test_a_request_in_flight_finishes_after_the_window(image: str) -> None:
    hold = Hold()
    with (
        peer(hold=hold) as url,
        app(image, SERVICE_URL=url, DRAIN_SECONDS="0.2") as service,
        ThreadPoolExecutor(1) as pool,
    ):
        answer = pool.submit(service.get, "/orders/fetch")
        assert hold.requested.wait(START_SECONDS)
        service.stop()
        service.wait_until_it_does_not_listen()
        assert not answer.done()
        hold.released.set()
        assert answer.result().json()["response"] == "hello"
        assert service.wait() == 0


def test_an_idle_connection_is_kept_for_longer_than_nodes_default() -> None:
    services = [app(image) for image in IMAGES]
    with running(*services):
        kept = [KeptConnection(service) for service in services]
        for connection in kept:
            connection.get("/orders")
        time.sleep(NODES_KEEP_ALIVE_SECONDS + 1.5)  # Node adds a second of its own
        for connection in kept:
            assert connection.get("/orders").status == 200
            connection.close()
