"""Requests to a registry and the reading of its responses, against a small registry in this process."""

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
def answering(
    answers: Answers, requests: list[dict[str, str]] | None = None, *, challenge: str | None = None
) -> Iterator[str]:
    """Start a server with these responses by path, 404 for others; yield its host.

    With a `challenge` it answers 401 to requests without a token.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if requests is not None:
                requests.append(dict(self.headers))
            status, body = answers.get(self.path, (404, {"errors": []}))
            if challenge is not None and "Authorization" not in self.headers:
                status, body = 401, {"errors": []}
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 401 and challenge is not None:
                self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Write no log."""

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
    answers: Answers, *, token: str | None = None, requests: list[dict[str, str]] | None = None
) -> PushedImage | None:
    """Return the image under `shop/orders:1`."""
    with answering(answers, requests) as host:
        return asyncio.run(Registry(host=host, token=token).find("shop/orders", "1"))


def digest(document: object) -> str:
    return f"sha256:{hashlib.sha256(json.dumps(document).encode()).hexdigest()}"


def test_an_image_has_the_digest_of_its_manifest_and_the_architecture_of_its_configuration() -> None:
    answers: Answers = {
        "/v2/shop/orders/manifests/1": (200, MANIFEST),
        "/v2/shop/orders/blobs/sha256:c0": (200, CONFIG),
    }

    assert found(answers) == PushedImage(digest=digest(MANIFEST), architectures=("arm64",))


def test_an_index_has_the_architectures_of_its_images() -> None:
    assert found({"/v2/shop/orders/manifests/1": (200, INDEX)}) == PushedImage(
        digest=digest(INDEX), architectures=("amd64", "arm64")
    )


def test_a_missing_image_is_not_found() -> None:
    assert found({}) is None


def test_every_request_carries_the_token_if_there_is_one() -> None:
    with_token: list[dict[str, str]] = []
    without: list[dict[str, str]] = []
    answers: Answers = {
        "/v2/shop/orders/manifests/1": (200, MANIFEST),
        "/v2/shop/orders/blobs/sha256:c0": (200, CONFIG),
    }
    found(answers, token="dDp0", requests=with_token)
    found(answers, requests=without)

    assert [headers["Authorization"] for headers in with_token] == ["Basic dDp0"] * 2
    assert all("Authorization" not in headers for headers in without)


def test_a_registry_that_gives_everybody_a_token_is_read_with_one() -> None:
    requests: list[dict[str, str]] = []
    with answering({"/token?service=test&scope=pull": (200, {"token": "t0"})}) as issuer:
        challenge = f'Bearer realm="http://{issuer}/token",service="test",scope="pull"'
        answers: Answers = {"/v2/shop/orders/manifests/1": (200, INDEX)}
        with answering(answers, requests, challenge=challenge) as host:
            image = asyncio.run(Registry(host=host, token=None).find("shop/orders", "1"))
    assert image == PushedImage(digest=digest(INDEX), architectures=("amd64", "arm64"))
    assert [headers.get("Authorization") for headers in requests] == [None, "Bearer t0"]


@pytest.mark.parametrize("challenge", ["Basic realm=test", 'Bearer realm="ftp://127.0.0.1/token"', "Bearer"])
def test_a_registry_that_gives_no_token_requires_a_login(challenge: str) -> None:
    with (
        answering({"/v2/shop/orders/manifests/1": (200, INDEX)}, challenge=challenge) as host,
        pytest.raises(RegistryError, match="requires a login"),
    ):
        asyncio.run(Registry(host=host, token=None).find("shop/orders", "1"))


@pytest.mark.parametrize(
    ("status", "body", "token", "problem"),
    [
        (401, {}, None, "requires a login, which is supported only for ECR (status 401)"),
        (403, {}, "dDp0", "refuses the login (status 403)"),
        (500, {}, None, "answers /v2/shop/orders/manifests/1 with status 500"),
        (200, b"<html>", None, "the response to /v2/shop/orders/manifests/1 is not a JSON object"),
        (200, [], None, "the response to /v2/shop/orders/manifests/1 is not a JSON object"),
        (200, MANIFEST, None, "has shop/orders:1 without its configuration sha256:c0"),
    ],
)
def test_an_unusable_response_is_reported_with_the_registry(
    status: int, body: object, token: str | None, problem: str
) -> None:
    with pytest.raises(RegistryError) as error:
        found({"/v2/shop/orders/manifests/1": (status, body)}, token=token)

    assert str(error.value).startswith("registry 127.0.0.1:")
    assert str(error.value).endswith(problem)


def test_an_unreachable_registry_is_reported() -> None:
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
def test_only_loopback_is_called_without_tls(host: str, plain_http: bool) -> None:
    assert registry_at(host).plain_http is plain_http


@pytest.mark.parametrize("host", ["", "https://registry.example.com", "registry.example.com/path", "a b", "host:port"])
def test_an_invalid_host_is_refused(host: str) -> None:
    (problem,) = problems_raised(lambda: registry_at(host))

    assert problem.startswith(f"registry {host!r}: is not a registry's host\n    give only the host")


def test_the_login_file_is_in_the_format_of_image_tools_and_readable_by_the_user_only(tmp_path: Path) -> None:
    file = Registry(host="registry.example.com", token="dDp0").write_auth_file(tmp_path)

    assert file is not None
    assert json.loads(file.read_text()) == {"auths": {"registry.example.com": {"auth": "dDp0"}}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Registry(host="registry.example.com", token=None).write_auth_file(tmp_path) is None
