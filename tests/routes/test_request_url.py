"""Tests of parsing URLs and paths: the parts that a load balancer receives, and the strings that are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.errors import ConfigurationError
from colonnade.routes.request_url import RequestUrl, parse_url

PATH_ONLY = {"scheme": None, "host": "", "port": None, "query": None, "fragment": None}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/orders/7", {**PATH_ONLY, "path": "/orders/7"}),
        ("//orders", {**PATH_ONLY, "path": "//orders"}),
        ("/a?b?c#d?e", {**PATH_ONLY, "path": "/a", "query": "b?c", "fragment": "d?e"}),
        ("/a?", {**PATH_ONLY, "path": "/a", "query": ""}),
        ("/a%2Fb;v=1", {**PATH_ONLY, "path": "/a%2Fb;v=1"}),
        ("/http://x", {**PATH_ONLY, "path": "/http://x"}),
        ("https://Shop.Example.com", {**PATH_ONLY, "scheme": "https", "host": "shop.example.com", "path": "/"}),
        ("HTTP://h:8080?q", {**PATH_ONLY, "scheme": "http", "host": "h", "port": 8080, "path": "/", "query": "q"}),
        ("wss://h/chat?room=1", {**PATH_ONLY, "scheme": "wss", "host": "h", "path": "/chat", "query": "room=1"}),
        ("http://me@[::1]/x", {**PATH_ONLY, "scheme": "http", "host": "::1", "path": "/x"}),
    ],
)
def test_a_url_is_split_into_its_parts(text: str, parts: dict[str, object]) -> None:
    found = parse_url(text)
    assert {name: getattr(found, name) for name in RequestUrl.__slots__} == parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "URL '': is neither an http, https, ws or wss URL nor a path that begins with '/'\n"),
        ("orders", "URL 'orders': is neither"),
        ("services.example.com/orders", "    write '/orders' or a whole URL"),
        (
            "/caf\u00e9",
            "URL '/caf\u00e9': contains '\u00e9', which must be percent-encoded\n    write /caf%C3%A9",
        ),
        ("/a b%20c", "write /a%20b%20c"),
        ("/a\nb", "contains '\\n'"),
        ("ftp://example.com/", "has the scheme 'ftp'\n    use http, https, ws or wss"),
        ("https:///orders", "has no host name"),
        ("https://:443/orders", "has no host name"),
        ("http://example.com:0/", "has port 0"),
        ("http://example.com:99999/", "has no readable host and port"),
        ("http://[::1/", "has no readable host and port"),
    ],
)
def test_any_other_string_is_refused_with_a_fix(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse_url(text)
    assert message in str(refusal.value)


@given(st.text(max_size=12) | st.from_regex(r"(https?|wss?)://[a-z.:\[\]@0-9]{0,8}[/?#]?.{0,6}", fullmatch=True))
def test_every_string_is_either_parsed_or_refused(text: str) -> None:
    try:
        found = parse_url(text)
    except ConfigurationError:
        return
    assert found.path.startswith("/")
    assert found.path.isascii()


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("/a/../b", "/b"),
        ("/a/./b", "/a/b"),
        ("/a/..", "/"),
        ("/../a", "/a"),
        ("/a/b", "/a/b"),
        ("//a/..b", "//a/..b"),
        ("//a/../b", "//b"),
    ],
)
def test_clients_resolve_dot_segments(path: str, resolved: str) -> None:
    assert parse_url(path).resolved_path == resolved
