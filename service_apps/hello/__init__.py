"""hello: one HTML page that says which service's task answered: a reload shows the balancing. Run by its `__main__`.

Several services may run it: the page's service is the last segment of PATH_PREFIX ("hello" where that is empty), its
task the host name, which ECS makes a task's own. Beyond the kit's variables it reads none.
"""

from __future__ import annotations

import socket
from html import escape
from typing import Any

from litestar import MediaType, Request, get

from service_apps.kit.service import Service

NAME = "hello"


def page(*, service: str, task: str) -> str:
    """The whole HTML document; both names may hold any text."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(service)}</title>
</head>
<body>
<h1>Hello from {escape(service)}</h1>
<p>Task <code>{escape(task)}</code></p>
</body>
</html>
"""


@get("/", operation_id="hello", summary="Who answers", media_type=MediaType.HTML, sync_to_thread=False)
def answer_page(request: Request[Any, Any, Any]) -> str:
    """Answers at the prefix alone, so the request's path says it."""
    segment = request.scope["path"].strip("/").rpartition("/")[2]
    return page(service=segment if segment != "" else NAME, task=socket.gethostname())


SERVICE = Service(
    name=NAME, default_port=3000, handlers=(answer_page,), response_headers=(("Cache-Control", "no-store"),)
)
