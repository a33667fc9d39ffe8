"""The monolith and the three microservices as real processes: every URL of the board has the same answer from both.

Each microservice runs from a copy of the package that lacks the others' folders, so it cannot have their data.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.http_client import Answer, ask, connect, get
from tests.support.images import package_of
from tests.support.service_process import ROOT, ServiceProcess, run_to_end, running

pytestmark = pytest.mark.xdist_group("board_services")

RESOURCES = ("users", "threads", "posts")
RECORDS: dict[str, list[dict[str, Any]]] = {
    name: json.loads((ROOT / "service_apps" / "message_board" / name / f"{name}.json").read_text())
    for name in RESOURCES
}
IDS = ["0", "1", "01", "2", "3", "4", "5", "8", "9", "10", "99", "9" * 30]
IDS += ["-1", "1.0", "one", "%31", "%20", "%D9%A1", "*"]
SUFFIXES = ["", "/", "?a=1", "/1/", "//1", "/1/2", "/in-thread", "/by-user/1/2", "/.."]
SUFFIXES += [f"{part}/{id_}" for part in ("", "/in-thread", "/by-user") for id_ in IDS]


def _tree_with(resource: str, directory: Path) -> str:
    """Write a copy with one resource and its own version, which identifies the running copy; return its folder."""
    package = directory / "service_apps"
    others = [name for name in ("api", *RESOURCES) if name != resource]
    shutil.copytree(ROOT / "service_apps", package, ignore=shutil.ignore_patterns(*others, "*.pyc"))
    (package / "__init__.py").write_text(f'DEFAULT_VERSION = "only-{resource}"\n')
    return str(directory)


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Run the monolith and the three microservices, as in a deployment; yield each port by name."""
    processes = {"api": ServiceProcess(package_of("message-board-api"), PATH_PREFIX="/api")}
    for name in RESOURCES:
        tree = _tree_with(name, tmp_path_factory.mktemp(name))
        variables = {"PATH_PREFIX": f"/api/{name}", "PYTHONSAFEPATH": "1", "PYTHONPATH": tree}
        processes[name] = ServiceProcess(package_of(f"message-board-{name}"), **variables)
    with running(*processes.values()):
        yield {name: process.port for name, process in processes.items()}


def comparable(answer: Answer) -> tuple[int, str, list[tuple[str, str]], bytes]:
    """Return an answer without its date and service; the order in Allow has no meaning and is normalized."""
    headers = [
        (name, ", ".join(sorted(value.split(", "))) if name == "allow" else value)
        for name, value in answer.headers
        if name not in {"date", "x-served-by"}
    ]
    return answer.status, answer.reason, headers, answer.body


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("resource", RESOURCES)
def test_monolith_and_microservice_give_the_same_answer(ports: dict[str, int], resource: str, method: str) -> None:
    with closing(connect(ports["api"])) as monolith, closing(connect(ports[resource])) as microservice:
        for suffix in SUFFIXES:
            path = f"/api/{resource}{suffix}"
            before, after = ask(monolith, path, method=method), ask(microservice, path, method=method)
            assert comparable(before) == comparable(after), path
            assert (before.values("X-Served-By"), after.values("X-Served-By")) == (["api"], [resource])


@settings(max_examples=150, deadline=None)
@given(resource=st.sampled_from(RESOURCES), segments=st.lists(st.text(min_size=1, max_size=8), max_size=4))
def test_they_give_the_same_answer_for_any_path(ports: dict[str, int], resource: str, segments: list[str]) -> None:
    assume(not segments or segments[0].strip("/").partition("/")[0] not in {"health", "schema"})
    path = "/".join([f"/api/{resource}", *(quote(segment, safe="/", errors="replace") for segment in segments)])
    assert comparable(get(ports["api"], path)) == comparable(get(ports[resource], path))


@pytest.mark.parametrize("resource", RESOURCES)
def test_only_the_health_check_and_the_openapi_document_differ(ports: dict[str, int], resource: str) -> None:
    for path in ("health", "schema/openapi.json"):
        assert get(ports["api"], f"/api/{resource}/{path}").status in {400, 404}
        assert get(ports[resource], f"/api/{resource}/{path}").status == 200


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_microservice_needs_no_file_of_the_others(ports: dict[str, int], resource: str) -> None:
    health = json.loads(get(ports[resource], "/health").body)
    assert health == {"name": resource, "version": f"only-{resource}", "status": "ok"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_microservice_does_not_answer_for_the_others(ports: dict[str, int], resource: str) -> None:
    for path in ("/", "/api", *(f"/api/{name}" for name in RESOURCES if name != resource)):
        answer = get(ports[resource], path)
        assert (answer.status, answer.values("X-Served-By")) == (404, [resource])


@pytest.mark.parametrize(
    ("path", "text"), [("/", b"Ready to receive requests"), ("/api", b"API ready to receive requests")]
)
def test_the_monolith_reports_that_it_is_ready(ports: dict[str, int], path: str, text: bytes) -> None:
    answer = get(ports["api"], path)
    assert (answer.status, answer.body) == (200, text)
    assert answer.values("Content-Type") == ["text/plain; charset=utf-8"]
    assert answer.values("X-Served-By") == ["api"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_returns_all_records_and_each_record(ports: dict[str, int], resource: str) -> None:
    records = RECORDS[resource]
    assert json.loads(get(ports[resource], f"/api/{resource}").body) == records
    for record in records:
        assert json.loads(get(ports[resource], f"/api/{resource}/{record['id']}").body) == record


@pytest.mark.parametrize(
    ("part", "field", "others"), [("in-thread", "thread", "threads"), ("by-user", "user", "users")]
)
def test_posts_are_listed_by_thread_and_by_user(ports: dict[str, int], part: str, field: str, others: str) -> None:
    for id_ in [*(record["id"] for record in RECORDS[others]), 99]:
        answer = get(ports["posts"], f"/api/posts/{part}/{id_}")
        assert answer.status == 200
        assert json.loads(answer.body) == [post for post in RECORDS["posts"] if post[field] == id_]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"/api/{resource}/99", 404) for resource in RESOURCES),
        *((f"/api/{resource}/one", 400) for resource in RESOURCES),
        ("/api/posts/in-thread/one", 400),
        ("/api/posts/by-user/one", 400),
    ],
)
def test_wrong_ids_are_problems_in_json(ports: dict[str, int], path: str, status: int) -> None:
    answer = get(ports["api"], path)
    assert answer.values("Content-Type") == ["application/problem+json"]
    assert (answer.status, json.loads(answer.body)["status"]) == (status, status)


def test_the_documents_of_the_microservices_together_are_the_monoliths(ports: dict[str, int]) -> None:
    def paths(name: str, prefix: str) -> dict[str, Any]:
        document = json.loads(get(ports[name], f"{prefix}/schema/openapi.json").body)
        assert document["servers"] == [{"url": prefix}]
        return {
            f"{prefix}{path}".rstrip("/"): set(item) for path, item in document["paths"].items() if path != "/health"
        }

    together = {path: item for name in RESOURCES for path, item in paths(name, f"/api/{name}").items()}
    assert paths("api", "/api") == {"/api": {"get"}, **together}


def test_a_process_with_the_prefix_of_another_does_not_start() -> None:
    ended = run_to_end(package_of("message-board-users"), PATH_PREFIX="/api/posts")
    assert (ended.returncode, ended.stderr) == (2, "PATH_PREFIX='/api/posts': must end in '/api/users'\n")
