"""URLs and paths as they are typed: what of them a load balancer gets, and what is refused with its cure."""

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
        ("http://me@[::1]/x", {**PATH_ONLY, "scheme": "http", "host": "::1", "path": "/x"}),
    ],
)
def test_a_url_is_cut_into_what_is_sent(text: str, parts: dict[str, object]) -> None:
    found = parse_url(text)
    assert {name: getattr(found, name) for name in RequestUrl.__slots__} == parts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "URL '': neither begins with 'http://' or 'https://' nor, as a path, with '/'\n"),
        ("orders", "URL 'orders': neither begins with"),
        ("services.example.com/orders", "    write '/orders' or a whole URL"),
        (
            "/caf\u00e9",
            "URL '/caf\u00e9': holds '\u00e9', which no request carries as it is\n    write it encoded: /caf%C3%A9",
        ),
        ("/a b%20c", "write it encoded: /a%20b%20c"),
        ("/a\nb", "holds '\\n'"),
        ("ftp://example.com/", "has the scheme 'ftp'\n    a load balancer speaks http and https"),
        ("https:///orders", "has no host name"),
        ("https://:443/orders", "has no host name"),
        ("http://example.com:0/", "has port 0"),
        ("http://example.com:99999/", "has no readable host and port"),
        ("http://[::1/", "has no readable host and port"),
    ],
)
def test_what_is_neither_a_url_nor_a_path_is_refused_with_a_cure(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse_url(text)
    assert told in str(refusal.value)


@given(st.text(max_size=12) | st.from_regex(r"https?://[a-z.:\[\]@0-9]{0,8}[/?#]?.{0,6}", fullmatch=True))
def test_any_text_is_parsed_or_refused_and_nothing_else(text: str) -> None:
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
