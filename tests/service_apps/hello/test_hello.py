"""hello: its page for any names, and its answers over real HTTP under a service's prefix."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar

from service_apps.hello import SERVICE, page
from service_apps.kit.application import create_app
from service_apps.kit.draining import Draining
from service_apps.kit.settings import read_settings
from tests.support.http_client import get
from tests.support.images import package_of
from tests.support.service_process import ServiceProcess

VOID = {"meta"}
NAMES = st.text(st.characters(exclude_categories=["C"], exclude_characters="\r"), min_size=1)


class Outline(HTMLParser):
    """The tags of a page, each with its closing tag, and the text in each."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(document)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's signature
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.text[self._open[-1]] = self.text.get(self._open[-1], "") + data


@given(service=NAMES, task=NAMES)
def test_no_name_adds_a_tag_to_the_page_or_is_lost(service: str, task: str) -> None:
    outline = Outline(page(service=service, task=task))
    assert outline.tags == ["html", "head", "meta", "meta", "title", "body", "h1", "p", "code"]
    assert outline.text["title"] == service
    assert outline.text["h1"] == f"Hello from {service}"
    assert outline.text["code"] == task


def app(environment: dict[str, str]) -> Litestar:
    return create_app(SERVICE, read_settings(environment, SERVICE), draining=Draining())


def ask(environment: dict[str, str], path: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app(environment))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://hello") as client:
            return await client.get(path)

    return asyncio.run(send())


def test_without_a_prefix_the_service_is_called_hello() -> None:
    assert Outline(ask({}, "/").text).text["h1"] == "Hello from hello"


@pytest.mark.parametrize("prefix", ["/a&b", "/shop/product-svc", "/it's"])
def test_the_last_segment_of_the_prefix_is_the_service(prefix: str) -> None:
    assert Outline(ask({"PATH_PREFIX": prefix}, prefix).text).text["title"] == prefix.rpartition("/")[2]


def test_the_page_shows_the_current_host_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "ip-10-0-2-15.<i>")
    assert Outline(ask({}, "/").text).text["code"] == "ip-10-0-2-15.<i>"


def test_the_port_is_3000_unless_one_is_given() -> None:
    assert read_settings({}, SERVICE).port == 3000


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ServiceProcess(package_of("hello"), PATH_PREFIX="/product-svc") as process:
        yield process.port


@pytest.mark.xdist_group("hello")
class TestProcess:
    def test_says_hello_in_html_with_its_service_and_its_host_name(self, port: int) -> None:
        answer = get(port, "/product-svc")
        assert answer.status == 200
        assert answer.values("Content-Type") == ["text/html; charset=utf-8"]
        text = Outline(answer.body.decode()).text
        assert (text["h1"], text["code"]) == ("Hello from product-svc", socket.gethostname())

    @pytest.mark.parametrize("path", ["/health", "/product-svc/health"])
    def test_is_healthy_with_and_without_the_prefix(self, port: int, path: str) -> None:
        assert b'"status":"ok"' in get(port, path).body

    @pytest.mark.parametrize(("path", "status"), [("/product-svc", 200), ("/health", 200), ("/", 404)])
    def test_no_answer_may_be_stored(self, port: int, path: str, status: int) -> None:
        answer = get(port, path)
        assert answer.status == status
        assert answer.values("Cache-Control") == ["no-store"]
