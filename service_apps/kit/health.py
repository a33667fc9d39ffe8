"""GET /health, for the load balancer's health check and for people."""

from __future__ import annotations

from typing import Literal

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec

from service_apps.kit.draining import Draining
from service_apps.kit.path_prefix import HEALTH_PATH


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The body of the answer."""

    name: str
    version: str
    status: Literal["ok", "draining"]


def health(*, name: str, version: str, draining: Draining) -> HTTPRouteHandler:
    """Return the handler, which answers 200, or 503 while draining."""

    @get(
        HEALTH_PATH,
        operation_id="health",
        summary="Name, version and state of this process",
        sync_to_thread=False,
        responses={503: ResponseSpec(Health, description="The process is draining", generate_examples=False)},
    )
    def answer_health() -> Response[Health]:
        if draining.active:
            return Response(Health(name=name, version=version, status="draining"), status_code=503)
        return Response(Health(name=name, version=version, status="ok"))

    return answer_health
