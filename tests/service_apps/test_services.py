"""service1, service2 and service3 as real processes: their answers, problems, OpenAPI and logs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator

import pytest

from service_apps.kit.service import Service
from service_apps.service1 import SERVICE as SERVICE1
from service_apps.service2 import SERVICE as SERVICE2
from service_apps.service3 import SERVICE as SERVICE3
from tests.support.service_process import HOST, ROOT, ServiceProcess, clean_environment, free_port, run_to_end, running

pytestmark = pytest.mark.xdist_group("tutorial_services")  # three processes, started once

PREFIXES = {"service1": "/service1", "service2": "a/service2/", "service3": ""}
"""With a leading slash, without one, and empty."""
BASES = {"service1": "/service1", "service2": "/a/service2", "service3": ""}

Services = dict[str, ServiceProcess]


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    """Run all three, as behind a load balancer; the first two call each other."""
    ports = {name: free_port() for name in PREFIXES}
    urls = {"service1": f"http://{HOST}:{ports['service2']}/a/", "service2": f"http://{HOST}:{ports['service1']}"}
    three = {}
    for name, prefix in PREFIXES.items():
        variables = {"SERVICE_URL": urls[name]} if name in urls else {}
        three[name] = ServiceProcess(name, PORT=str(ports[name]), PATH_PREFIX=prefix, **variables)
    with running(*three.values()):
        yield three


@pytest.mark.parametrize("name", PREFIXES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_service_announces_itself_with_and_without_a_trailing_slash(
    services: Services, name: str, slash: str
) -> None:
    response = services[name].get(BASES[name] + slash)
    assert response.status_code == 200
    number = name[-1]
    assert response.json() == {"api": f"API {number}", "msg": f"This is API {number}."}
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(("name", "other"), [("service1", 2), ("service2", 1)])
@pytest.mark.parametrize("slash", ["", "/"])
def test_fetch_passes_on_the_message_of_the_other_service(
    services: Services, name: str, other: int, slash: str
) -> None:
    response = services[name].get(f"{BASES[name]}/fetch{slash}")
    assert response.status_code == 200
    assert response.json() == {
        "api": f"API {name[-1]}",
        "msg": "making request to another service.",
        "response": f"This is API {other}.",
    }


@pytest.mark.parametrize("name", PREFIXES)
def test_health_returns_name_and_version_with_and_without_the_prefix(services: Services, name: str) -> None:
    for path in ("/health", f"{BASES[name]}/health", f"{BASES[name]}/health/"):
        response = services[name].get(path)
        assert response.status_code == 200
        assert response.json() == {"name": name, "version": "1.0.0", "status": "ok"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("service1", "/"),
        ("service1", "/fetch"),
        ("service1", "/service10"),
        ("service1", "/service1/nope"),
        ("service1", "/service1/schema/nope"),
        ("service1", "/service1/service1"),
        ("service2", "/a"),
        ("service2", "/service2"),
        ("service3", "/fetch"),
        ("service3", "/service3"),
    ],
)
def test_an_unknown_path_is_a_json_404(services: Services, name: str, path: str) -> None:
    response = services[name].get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 404


@pytest.mark.parametrize("name", PREFIXES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_wrong_method_is_a_json_405_that_names_the_right_ones(services: Services, name: str, method: str) -> None:
    response = services[name].request(method, f"{BASES[name]}/")
    assert response.status_code == 405
    assert response.json()["title"] == "Method Not Allowed"
    assert set(response.headers["allow"].split(", ")) == {"GET", "OPTIONS"}


@pytest.mark.parametrize("name", PREFIXES)
def test_every_address_in_the_openapi_document_answers(services: Services, name: str) -> None:
    document = services[name].get(f"{BASES[name]}/schema/openapi.json").json()
    assert document["info"] == {"title": name, "version": "1.0.0"}
    (server,) = document["servers"]
    assert server["url"] == (BASES[name] if BASES[name] != "" else "/")
    assert set(document["paths"]) == {"/", "/health"} | ({"/fetch"} if name != "service3" else set())
    for path in document["paths"]:
        assert services[name].get(server["url"].rstrip("/") + path).status_code == 200


def test_a_request_is_one_line_of_json_with_the_load_balancers_id_in_both_services(services: Services) -> None:
    trace = "1-67891233-abcdef012345678912345678"
    services["service1"].get("/service1/fetch?secret=1", **{"X-Amzn-Trace-Id": f"Self=1-1-1;Root={trace}"})
    for name, path in (("service1", "/service1/fetch"), ("service2", "/a/service2")):
        line = services[name].logged(request_id=trace)
        assert line["event"] == "request"
        assert (line["service"], line["method"], line["path"], line["status"]) == (name, "GET", path, 200)
        assert 0 <= line["duration_ms"] < 15_000
        assert line["time"].endswith("Z")


def test_a_request_without_an_id_gets_one_that_the_other_service_logs_too(services: Services) -> None:
    services["service1"].get("/service1/fetch")
    line = services["service1"].logged(path="/service1/fetch")
    assert services["service2"].logged(request_id=line["request_id"])["path"] == "/a/service2"


def test_a_peer_that_cannot_be_reached_is_a_json_502_that_names_it() -> None:
    url = "http://no-such-service.invalid:7072"
    with ServiceProcess("service1", PATH_PREFIX="/service1", SERVICE_URL=url) as service:
        response = service.get("/service1/fetch")
        assert response.status_code == 502
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
        assert problem["upstream"] == f"{url}/service2"
        assert problem["upstream"] in problem["detail"]
        assert {"type", "title", "status", "detail", "upstream"} == set(problem)
        assert service.get("/service1").status_code == 200
        assert service.logged(level="warning")["event"] == f"502: {problem['detail']}"


def test_wrong_settings_end_the_process_with_one_line_for_each() -> None:
    wrong = {"PORT": "99999", "PATH_PREFIX": "/a b*", "SERVICE_URL": "service2", "DRAIN_SECONDS": "soon"}
    ended = run_to_end("service1", **wrong)
    assert ended.returncode == 2
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert sorted(line.partition("=")[0] for line in lines) == sorted(wrong)
    for line in lines:
        name = line.partition("=")[0]
        assert line.startswith(f"{name}={wrong[name]!r}: must be ")


def test_a_taken_port_ends_the_process_and_is_named(services: Services) -> None:
    ended = run_to_end("service3", HOST=HOST, PORT=str(services["service3"].port))
    assert ended.returncode not in {0, None}
    assert str(services["service3"].port) in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(("service", "port"), [(SERVICE1, 7071), (SERVICE2, 7072), (SERVICE3, 7073)])
def test_each_service_has_its_own_port_and_an_image_that_runs_it(service: Service, port: int) -> None:
    images = tomllib.loads((ROOT / "service_apps" / "images.toml").read_text())
    assert service.default_port == port
    assert images[service.name]["command"] == ["python", "-m", f"service_apps.{service.name}"]


FOREIGN = ("boto3", "moto", "cdktf", "modules", "stacks", "sandbox", "deployments")


def test_a_running_service_has_not_loaded_the_other_parts_or_their_libraries() -> None:
    code = "import sys, service_apps.service1, service_apps.kit.server; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), check=True, capture_output=True, text=True
    ).stdout.split()
    assert "service_apps.kit.peer" in loaded
    assert {name.partition(".")[0] for name in loaded}.isdisjoint(FOREIGN)
