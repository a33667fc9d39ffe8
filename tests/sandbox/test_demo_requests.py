"""The demo's list is the documented one, and an answer that differs from it in anything is told."""

from __future__ import annotations

import pytest

from colonnade_sandbox.demo_requests import DemoRequest, demo_requests, mismatch
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.listener_client import Answer


def _answer(status: int = 200, body: str = '{"a":1}', location: str | None = None) -> Answer:
    return Answer(status=status, body=body, location=location)


def test_the_services_are_asked_every_path_that_tells_them_apart() -> None:
    asked = [(request.scheme, request.path, request.status) for request in demo_requests("services")]
    assert asked == [
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


def test_a_deployment_without_requests_is_told_with_those_that_have_some() -> None:
    with pytest.raises(SandboxError, match=r"for 'nothing' in requests/; there are: .*services"):
        demo_requests("nothing")


def test_an_answer_equal_as_json_is_as_it_should_be() -> None:
    request = DemoRequest(path="/", status=200, body='{ "a": 1 }')
    assert mismatch(request, _answer(), https_port=443) is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_answer(status=503), "status 503, not 200"),
        (_answer(body='{"a":2}'), 'body is not {"a": 1}'),
        (_answer(body="plain"), 'body is not {"a": 1}'),
    ],
)
def test_another_status_or_body_is_told(answer: Answer, words: str) -> None:
    assert mismatch(DemoRequest(path="/", status=200, body='{"a": 1}'), answer, https_port=443) == words


def test_an_answer_that_is_not_json_must_contain_the_text() -> None:
    request = DemoRequest(path="/", status=200, contains="<h1>Hello from user-svc</h1>")
    page = "<body><h1>Hello from user-svc</h1><p>Task <code>a</code></p></body>"
    assert mismatch(request, _answer(body=page), https_port=None) is None
    wrong = mismatch(request, _answer(body=page.replace("user", "product")), https_port=None)
    assert wrong == "body does not contain '<h1>Hello from user-svc</h1>'"


def test_a_redirect_must_name_the_real_port() -> None:
    request = DemoRequest(path="/", status=301, location="https://a:{https_port}/")
    assert mismatch(request, _answer(301, location="https://a:40443/"), https_port=40443) is None
    wrong = mismatch(request, _answer(301, location="https://a:443/"), https_port=40443)
    assert wrong == "location https://a:443/, not https://a:40443/"
