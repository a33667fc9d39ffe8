"""hello: an HTML page that names the task that answered, so a reload shows load balancing. Run by its `__main__`.

Several services may run it. The page shows the last segment of PATH_PREFIX as the service ("hello" if it is empty) and
the host name as the task, because each ECS task has its own host name. It reads only the kit's variables.
"""

from __future__ import annotations

import socket
from html import escape
from typing import Any

from litestar import MediaType, Request, get

from service_apps.kit.service import Service

NAME = "hello"


def page(*, service: str, task: str) -> str:
    """Return the HTML document; both names may be any string."""
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


@get(
    "/",
    operation_id="hello",
    summary="The service and the task that answer",
    media_type=MediaType.HTML,
    sync_to_thread=False,
)
def answer_page(request: Request[Any, Any, Any]) -> str:
    """Answer with the page. The path of the request is the prefix, whose last segment is the service's name."""
    segment = request.scope["path"].strip("/").rpartition("/")[2]
    return page(service=segment if segment != "" else NAME, task=socket.gethostname())


SERVICE = Service(
    name=NAME, default_port=3000, handlers=(answer_page,), response_headers=(("Cache-Control", "no-store"),)
)
