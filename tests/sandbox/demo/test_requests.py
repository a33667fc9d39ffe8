"""The demo's requests are the documented ones, and every difference in an answer is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade_sandbox.demo.requests import DemoRequest, mismatch, read_requests
from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.session.listener_client import Answer
from tests.support.sandbox_session import project_requests


def _answer(status: int = 200, body: str = '{"a":1}', location: str | None = None) -> Answer:
    return Answer(status=status, body=body, location=location)


def test_the_requests_to_the_services_distinguish_every_route() -> None:
    requests = [(request.scheme, request.path, request.status) for request in project_requests("services")]
    assert requests == [
        ("http", "/", 301),
        ("https", "/", 200),
        ("https", "/service1", 200),
        ("https", "/service2", 200),
        ("https", "/service3", 200),
        ("https", "/service1/fetch", 200),
        ("https", "/service2/fetch", 200),
        ("https", "/service10", 200),
        ("https", "/nope", 200),
        ("https", "/service3/fetch", 404),
    ]


def test_a_missing_file_means_no_requests(tmp_path: Path) -> None:
    assert read_requests(tmp_path / "other.requests.toml") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("request = 1", r"write \[\[request\]\]"),
        ("[[request]]\npath = '/'", "request 1: 'status' is missing"),
        ("[[request]]\npath = '/'\nstatus = 200\nhost = 'a'", "request 1: 'host' is unknown"),
        ("[[request]", "requests.toml: "),
        (
            '[[request]]\npath = "/"\nstatus = 404\nbody = "Not Found"',
            "request 1: body 'Not Found' is not JSON; for another answer",
        ),
    ],
)
def test_an_invalid_file_is_reported_with_its_path(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "other.requests.toml"
    path.write_text(text)
    with pytest.raises(WrongInputError, match=message):
        read_requests(path)


def test_an_answer_that_is_equal_as_json_is_the_expected_one() -> None:
    request = DemoRequest(path="/", status=200, body='{ "a": 1 }')
    assert mismatch(request, _answer(), https_port=443) is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (_answer(status=503), "status is 503, not 200"),
        (_answer(body='{"a":2}'), 'body is not {"a": 1}'),
        (_answer(body="plain"), 'body is not {"a": 1}'),
    ],
)
def test_another_status_or_body_is_reported(answer: Answer, message: str) -> None:
    assert mismatch(DemoRequest(path="/", status=200, body='{"a": 1}'), answer, https_port=443) == message


def test_an_answer_that_is_not_json_must_contain_the_string() -> None:
    request = DemoRequest(path="/", status=200, contains="<h1>Hello from user-svc</h1>")
    page = "<body><h1>Hello from user-svc</h1><p>Task <code>a</code></p></body>"
    assert mismatch(request, _answer(body=page), https_port=None) is None
    wrong = mismatch(request, _answer(body=page.replace("user", "product")), https_port=None)
    assert wrong == "body does not contain '<h1>Hello from user-svc</h1>'"


def test_a_redirect_must_name_the_real_port() -> None:
    request = DemoRequest(path="/", status=301, location="https://a:{https_port}/")
    assert mismatch(request, _answer(301, location="https://a:40443/"), https_port=40443) is None
    wrong = mismatch(request, _answer(301, location="https://a:443/"), https_port=40443)
    assert wrong == "location is https://a:443/, not https://a:40443/"
