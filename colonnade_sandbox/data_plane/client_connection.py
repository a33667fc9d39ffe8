"""A client's connection: the limits and methods of its requests, and AWS's pages for requests that cannot be read."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod
from aiohttp.http_parser import HttpRequestParserPy

from colonnade_sandbox.data_plane.responses import error_page

_log = logging.getLogger(__name__)

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
_PARSER_LIMITS: dict[str, Any] = {"max_line_size": 16384, "max_field_size": 16384, "max_headers": 1024}

# "You can specify standard or custom HTTP methods": A-Z, hyphen and underscore, at most 40 characters.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HttpRequestMethodConditionConfig.html
_CUSTOM_METHOD = re.compile(rb"[A-Z_-]{1,40} /")


class ClientConnection(web.RequestHandler):
    """A client's connection to a listener, with or without TLS.

    It is closed if no request arrives within the idle timeout.
    """

    def __init__(self, requests: web.Server, *, idle_timeout_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            requests,
            loop=loop,
            keepalive_timeout=idle_timeout_seconds,
            access_log=None,  # type: ignore[arg-type]  # None turns aiohttp's access log off
            auto_decompress=False,
            **_PARSER_LIMITS,
        )
        self._parser: Any = _Parser(
            self._parser,
            partial(
                HttpRequestParserPy,
                self,
                loop,
                payload_exception=web.RequestPayloadError,
                auto_decompress=False,
                **_PARSER_LIMITS,
            ),
        )

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature; AWS sends no details
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("the response has begun, so the connection is closed") from exc
        if status >= 500:
            _log.error("a request failed inside the load balancer", exc_info=exc)
        response = error_page(status)
        response.force_close()
        return response


class _Parser:
    """Two parsers of aiohttp without a common type. The fast one knows a list of methods, the other one accepts any.

    The other one takes over with the first request whose method is not in the list.
    """

    def __init__(self, fast: Any, any_method: Callable[[], Any]) -> None:
        self._current = fast
        self._any_method = any_method

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current, name)

    def feed_data(self, data: bytes) -> Any:
        try:
            return self._current.feed_data(data)
        except BadHttpMethod:
            if _CUSTOM_METHOD.match(data) is None:
                raise
            self._current = self._any_method()
            return self._current.feed_data(data)
