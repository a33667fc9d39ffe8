"""Error responses as `application/problem+json` (RFC 9457): type, title, status, detail."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Literal

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.plugins.problem_details import ProblemDetailsException
from litestar.types import ExceptionHandlersMap

_log = logging.getLogger(__name__)


class UpstreamProblem(ProblemDetailsException):
    """A failed request to another service: 502, or 504 after a timeout."""

    def __init__(self, *, status: Literal[502, 504], upstream: str, detail: str) -> None:
        super().__init__(
            status_code=status,
            type_="about:blank",
            title=HTTPStatus(status).phrase,
            detail=detail,
            extra={"upstream": upstream},
        )


def _answer_http_exception(request: Request[Any, Any, Any], exception: HTTPException) -> Response[dict[str, Any]]:
    problem = ProblemDetailsException(
        status_code=exception.status_code,
        type_="about:blank",
        title=HTTPStatus(exception.status_code).phrase,
        detail=exception.detail,
        headers=exception.headers,
        extra=exception.extra,
    )
    return problem.to_response(request)


def _answer_upstream_problem(request: Request[Any, Any, Any], problem: UpstreamProblem) -> Response[dict[str, Any]]:
    _log.warning("%d: %s", problem.status_code, problem.detail)
    return problem.to_response(request)


def _answer_defect(request: Request[Any, Any, Any], exception: Exception) -> Response[dict[str, Any]]:
    """Return a 500 without details, and log the details."""
    _log.error("%s %s failed", request.method, request.scope["path"], exc_info=exception)
    return _answer_http_exception(request, HTTPException(status_code=500, detail="The service failed."))


PROBLEM_HANDLERS: ExceptionHandlersMap = {
    UpstreamProblem: _answer_upstream_problem,
    HTTPException: _answer_http_exception,
    Exception: _answer_defect,
}
