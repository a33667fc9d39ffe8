"""`colonnade sandbox status` prints a line for each task, and one for each of its containers if it has several."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from colonnade.terminal.progress import Progress
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.endpoints import Endpoints
from colonnade_sandbox.session.file import SessionFile
from colonnade_sandbox.session.running import status


def task(*containers: str) -> dict[str, Any]:
    """Return the facts of a task with these running containers; the first one is its main container."""
    listed = [{"name": name, "status": "RUNNING", "health": "UNKNOWN", "log": f"/logs/{name}"} for name in containers]
    return {
        "service": "orders",
        "task": "0123456789",
        "status": "RUNNING",
        "health": "healthy",
        "address": "127.1.0.1:80",
        "process_id": 7,
        "log": f"/logs/{containers[0]}",
        "containers": listed,
    }


def test_the_containers_of_a_task_are_printed_if_it_has_several(tmp_path: Path) -> None:
    project, printed = Project(root=tmp_path), io.StringIO()
    file = SessionFile(project.scratch, "shop")
    with file.held():
        facts = {"endpoints": Endpoints(host="", listeners=()).as_facts(), "certificate_authority": "/ca.pem"}
        file.write({**facts, "tasks": [task("orders"), task("orders", "metrics")], "target_groups": {}})
        status(project=project, deployment=None, progress=Progress(Console(file=printed, width=200)))
    lines = printed.getvalue().splitlines()
    tasks = lines[lines.index("  tasks:") + 1 : lines.index("  target health:")]
    assert tasks == [
        "    orders 01234567 RUNNING healthy 127.1.0.1:80 process 7 log /logs/orders",
        "    orders 01234567 RUNNING healthy 127.1.0.1:80 process 7 log /logs/orders",
        "      orders RUNNING UNKNOWN log /logs/orders",
        "      metrics RUNNING UNKNOWN log /logs/metrics",
    ]
