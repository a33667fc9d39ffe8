"""What a registry is asked and how its answers are read, against a small registry in this process."""

from __future__ import annotations

import asyncio
import hashlib
import json
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from colonnade.images.registry import PushedImage, Registry, RegistryError, registry_at
from tests.support.specs import problems_raised

Answers = dict[str, tuple[int, Any]]

CONFIG = {"architecture": "arm64", "os": "linux"}
MANIFEST = {"schemaVersion": 2, "config": {"digest": "sha256:c0"}}
INDEX = {
    "schemaVersion": 2,
    "manifests": [
        {"platform": {"architecture": "arm64"}},
        {"platform": {"architecture": "amd64"}},
        {"platform": {"architecture": "unknown"}},
    ],
}


@contextmanager
def answering(answers: Answers, asked: list[dict[str, str]] | None = None) -> Iterator[str]:
    """A server with these answers by path, 404 for others; gives its host."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asked is not None:
                asked.append(dict(self.headers))
            status, body = answers.get(self.path, (404, {"errors": []}))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def found(
    answers: Answers, *, token: str | None = None, asked: list[dict[str, str]] | None = None
) -> PushedImage | None:
    """What is found under `shop/orders:1`."""
    with answering(answers, asked) as host:
        return asyncio.run(Registry(host=host, token=token).find("shop/orders", "1"))


def digest(document: object) -> str:
    return f"sha256:{hashlib.sha256(json.dumps(document).encode()).hexdigest()}"


def test_an_image_has_the_digest_of_its_manifest_and_the_processor_of_its_configuration() -> None:
    answers: Answers = {
        "/v2/shop/orders/manifests/1": (200, MANIFEST),
        "/v2/shop/orders/blobs/sha256:c0": (200, CONFIG),
    }

    assert found(answers) == PushedImage(digest=digest(MANIFEST), processors=("arm64",))


def test_an_index_has_the_processors_of_its_images() -> None:
    assert found({"/v2/shop/orders/manifests/1": (200, INDEX)}) == PushedImage(
        digest=digest(INDEX), processors=("amd64", "arm64")
    )


def test_an_image_that_is_not_there_is_none() -> None:
    assert found({}) is None


def test_the_token_goes_into_every_question_and_none_where_there_is_none() -> None:
    with_token: list[dict[str, str]] = []
    without: list[dict[str, str]] = []
    answers: Answers = {
        "/v2/shop/orders/manifests/1": (200, MANIFEST),
        "/v2/shop/orders/blobs/sha256:c0": (200, CONFIG),
    }
    found(answers, token="dDp0", asked=with_token)
    found(answers, asked=without)

    assert [headers["Authorization"] for headers in with_token] == ["Basic dDp0"] * 2
    assert all("Authorization" not in headers for headers in without)


@pytest.mark.parametrize(
    ("status", "body", "token", "problem"),
    [
        (401, {}, None, "wants a login, which is made for ECR alone (status 401)"),
        (403, {}, "dDp0", "refuses the login (status 403)"),
        (500, {}, None, "answers /v2/shop/orders/manifests/1 with status 500"),
        (200, b"<html>", None, "answers /v2/shop/orders/manifests/1 with something that is no JSON object"),
        (200, [], None, "answers /v2/shop/orders/manifests/1 with something that is no JSON object"),
        (200, MANIFEST, None, "has shop/orders:1 without its configuration sha256:c0"),
    ],
)
def test_an_answer_that_is_none_names_the_registry(status: int, body: object, token: str | None, problem: str) -> None:
    with pytest.raises(RegistryError) as error:
        found({"/v2/shop/orders/manifests/1": (status, body)}, token=token)

    assert str(error.value).startswith("registry 127.0.0.1:")
    assert str(error.value).endswith(problem)


def test_a_registry_that_is_not_there_is_told() -> None:
    with answering({}) as host:
        pass
    with pytest.raises(RegistryError, match=f"registry {host} does not answer: "):
        asyncio.run(Registry(host=host, token=None).find("shop/orders", "1"))


@pytest.mark.parametrize(
    ("host", "plain_http"),
    [
        ("127.0.0.1:5000", True),
        ("127.8.9.10", True),
        ("localhost:5000", True),
        ("[::1]:5000", True),
        ("10.0.0.1:5000", False),
        ("registry.example.com", False),
        ("localhost.example.com:5000", False),
    ],
)
def test_only_loopback_is_asked_without_tls(host: str, plain_http: bool) -> None:
    assert registry_at(host).plain_http is plain_http


@pytest.mark.parametrize("host", ["", "https://registry.example.com", "registry.example.com/path", "a b", "host:port"])
def test_what_is_no_host_is_refused(host: str) -> None:
    (problem,) = problems_raised(lambda: registry_at(host))

    assert problem.startswith(f"registry {host!r}: is not a registry's host\n    write the host alone")


def test_the_login_is_a_file_for_the_user_alone_in_the_form_that_image_tools_read(tmp_path: Path) -> None:
    file = Registry(host="registry.example.com", token="dDp0").write_auth_file(tmp_path)

    assert file is not None
    assert json.loads(file.read_text()) == {"auths": {"registry.example.com": {"auth": "dDp0"}}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Registry(host="registry.example.com", token=None).write_auth_file(tmp_path) is None
