"""A running sandbox with the deployment `services`, seen from outside: listeners, tasks, and the AWS API."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from colonnade_sandbox.load import Load
from colonnade_sandbox.session.endpoints import Endpoint, Endpoints
from tests.support.waiting import wait_until

SERVICES = ("service1", "service2", "service3")
PATHS = (*(f"/{service}" for service in SERVICES), "/service1/fetch", "/service2/fetch")
RECOVERED_WITHIN_SECONDS = 120.0
"""The bound for every recovery: the health checks of a new task alone need more than ten seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The size of the cases: `WHOLE` for `make chaos`, `SMALL` for a test."""

    requests_per_second: int
    load_seconds: int
    connections: int
    slow_seconds: int


WHOLE = Size(requests_per_second=80, load_seconds=30, connections=1000, slow_seconds=20)
SMALL = Size(requests_per_second=60, load_seconds=4, connections=100, slow_seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task that is not being stopped."""

    task_id: str
    process_id: int
    healthy: bool


class Running:
    """A running sandbox. `facts` returns the current contents of its session file."""

    def __init__(self, facts: Callable[[], Mapping[str, Any]], *, size: Size) -> None:
        self.facts = facts
        self.size = size

    @property
    def host(self) -> str:
        """The load balancer's host name."""
        return Endpoints.from_facts(self.facts()["endpoints"]).host

    @property
    def listener(self) -> Endpoint:
        """The HTTPS listener."""
        return Endpoints.from_facts(self.facts()["endpoints"]).listener("https")

    def tls(self) -> ssl.SSLContext:
        """Return a TLS configuration that trusts the sandbox's certificate authority."""
        return ssl.create_default_context(cafile=self.facts()["certificate_authority"])

    def load(self, *paths: str, requests_per_second: float | None = None, timeout_seconds: float = 15.0) -> Load:
        """Return a client that requests `paths`, by default those of all services. It runs until its block ends."""
        rate = requests_per_second if requests_per_second is not None else self.size.requests_per_second
        return Load(
            self.listener,
            host=self.host,
            paths=paths if paths else PATHS,
            answered_by=lambda _headers, body: body.decode(errors="replace"),
            certificate_authority=Path(self.facts()["certificate_authority"]),
            requests_per_second=rate,
            timeout_seconds=timeout_seconds,
        )

    def settle(self, load: Load) -> None:
        """Wait for a second's requests."""
        load.wait_for(self.size.requests_per_second)

    def tasks(self, service: str) -> tuple[Task, ...]:
        """Return the service's tasks that run and are not being stopped."""
        return tuple(
            Task(task_id=each["task"], process_id=int(each["process_id"]), healthy=each["health"] == "healthy")
            for each in self.facts()["tasks"]
            if each["service"].endswith(f"-{service}") and each["status"] == "RUNNING" and each["process_id"]
        )

    def wait_for_new_tasks(self, service: str, former: tuple[Task, ...], gone: tuple[Task, ...]) -> float:
        """Wait until as many tasks as `former` are healthy and none of them is in `gone`. Return the seconds."""
        began, ids = time.monotonic(), {each.task_id for each in gone}

        def replaced() -> bool:
            tasks = self.tasks(service)
            healthy = [each for each in tasks if each.healthy]
            return len(healthy) == len(former) and not ids & {each.task_id for each in tasks}

        wait_until(replaced, seconds=RECOVERED_WITHIN_SECONDS)
        return time.monotonic() - began

    def stop_task(self, task: Task) -> None:
        """Call StopTask of the AWS API."""
        ecs = boto3.client(
            "ecs",
            endpoint_url=self.facts()["aws_endpoint_url"],
            region_name=self.facts()["region"],
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",  # noqa: S106 - the emulator accepts any
            config=Config(proxies={}),
        )
        (cluster,) = ecs.list_clusters()["clusterArns"]
        ecs.stop_task(cluster=cluster, task=task.task_id, reason="chaos")
