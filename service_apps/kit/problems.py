"""Errors as `application/problem+json` (RFC 9457): type, title, status, detail; also in the OpenAPI document."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final, Literal

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPI, OpenAPIMediaType, OpenAPIResponse, Reference, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.plugins.problem_details import ProblemDetailsException
from litestar.types import ExceptionHandlersMap

_log = logging.getLogger(__name__)

_TYPE: Final = "application/problem+json"
_SCHEMA: Final = Schema(
    title="Problem",
    description="RFC 9457. Some problems have further members.",
    type=OpenAPIType.OBJECT,
    properties={
        **{name: Schema(type=OpenAPIType.STRING) for name in ("type", "title", "detail")},
        "status": Schema(type=OpenAPIType.INTEGER),
    },
    required=["type", "title", "status", "detail"],
)
UPSTREAM_RESPONSES: Final = {
    status: ResponseSpec(None, description="The other service failed", generate_examples=False) for status in (502, 504)
}
"""The problems of a handler that requests another service."""


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


def describe_problems(document: OpenAPI) -> None:
    """Write the type of each problem into the document, in which Litestar describes its own exceptions.

    A response with a named body, such as the 503 of the health check, keeps it.
    """
    for path in (document.paths or {}).values():
        for operation in (path.get, path.post, path.put, path.patch, path.delete):
            responses = operation.responses if operation is not None else None
            for status, response in (responses or {}).items():
                if int(status) >= HTTPStatus.BAD_REQUEST and isinstance(response, OpenAPIResponse):
                    _describe_problem(response)


def _describe_problem(response: OpenAPIResponse) -> None:
    if not any(
        isinstance(body, OpenAPIMediaType) and isinstance(body.schema, Reference)
        for body in (response.content or {}).values()
    ):
        response.content = {_TYPE: OpenAPIMediaType(schema=_SCHEMA)}
