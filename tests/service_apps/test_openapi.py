"""The services answer as their OpenAPI documents say: any path, any id, any method of HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_apps import hello, service1
from service_apps.kit.application import create_app
from service_apps.kit.draining import Draining
from service_apps.kit.service import Service
from service_apps.kit.settings import read_settings
from service_apps.message_board import api, posts, threads, users
from service_apps.shop import catalog

SERVICES = [each.SERVICE for each in (hello, service1, api, posts, threads, users, catalog)]
PROBLEM = "application/problem+json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

Document = dict[str, Any]


class Running:
    """One application, called without a process."""

    def __init__(self, service: Service, *, draining: bool = False) -> None:
        state = Draining()
        state.active = draining
        self._app = create_app(
            service,
            read_settings({}, service),
            draining=state,
            open_client=lambda: httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(404))),
        )
        prefix = self._app.openapi_schema.servers[0].url
        self.prefix = prefix.rstrip("/")
        self.document: Document = self.request("GET", "/schema/openapi.json").json()

    def request(self, method: str, path: str) -> httpx.Response:
        async def send() -> httpx.Response:
            async with (
                self._app.lifespan(),
                httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, self._app)), base_url="http://app") as client,
            ):
                return await client.request(method, self.prefix + path)

        return asyncio.run(send())


APPS = {service.name: Running(service) for service in SERVICES}


@pytest.mark.parametrize("name", APPS)
@given(st.data())
def test_each_answer_has_a_documented_status_and_type(name: str, data: st.DataObject) -> None:
    running = APPS[name]
    path = data.draw(st.sampled_from(sorted(running.document["paths"])))
    operation = running.document["paths"][path]["get"]
    valid = True
    filled = path
    for parameter in operation.get("parameters", []):
        value = data.draw(
            st.from_regex("[0-9]{1,3}", fullmatch=True) | st.sampled_from(sorted(catalog.ITEMS)) | texts()
        )
        valid &= re.search(parameter["schema"].get("pattern", ""), value) is not None
        filled = filled.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
    answer = running.request("GET", filled)
    documented = operation["responses"].get(str(answer.status_code))
    assert documented is not None, (filled, answer.status_code)
    assert answer.headers["Content-Type"].partition(";")[0] in documented["content"]
    assert valid == (answer.status_code != 400)
    if answer.status_code >= 400:
        schema = documented["content"][PROBLEM]["schema"]
        assert set(schema["required"]) <= answer.json().keys()


def texts() -> st.SearchStrategy[str]:
    """Return strings that stand for one segment of a path."""
    return st.text(
        st.characters(exclude_characters="/", exclude_categories=("Cs", "Nd")), min_size=1, max_size=6
    ).filter(lambda text: text not in {".", "..", "health", "schema"})


@pytest.mark.parametrize("name", APPS)
@pytest.mark.parametrize("method", METHODS)
def test_each_other_method_is_a_problem_that_names_the_right_ones(name: str, method: str) -> None:
    running = APPS[name]
    for path, operations in running.document["paths"].items():
        if method.lower() in operations or method == "OPTIONS":
            continue
        answer = running.request(method, re.sub("{.*}", "1", path))
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == {*(name.upper() for name in operations), "OPTIONS"}
        assert answer.headers["Content-Type"] == PROBLEM


def test_the_503_of_a_draining_process_is_documented() -> None:
    draining = Running(service1.SERVICE, draining=True)
    answer = draining.request("GET", "/health")
    assert answer.status_code == 503
    content = draining.document["paths"]["/health"]["get"]["responses"]["503"]["content"]
    assert content.keys() == {"application/json"}
    assert json.dumps(content).endswith('Health"}}}')
