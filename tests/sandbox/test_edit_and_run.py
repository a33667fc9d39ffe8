"""The page about edits of a running deployment, typed under load: it shows what the commands print, no request fails.

One session: an app's edit, a mistake, a setting's edit, an update from a second terminal, a task that is killed.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from colonnade_sandbox.load import Load, Sample
from colonnade_sandbox.session.endpoints import Endpoints
from colonnade_sandbox.session.file import SessionFile
from tests.support.page import ROOT, Typist, blocks, comparable
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("edit-and-run")]

PAGE = (ROOT / "docs" / "edit-and-run.md").read_text()
FEW = 60


def _facts(root: Path) -> dict[str, Any]:
    facts = SessionFile(root / ".sandbox", "single_service").read()
    assert facts is not None
    return facts


def _load(root: Path) -> Load:
    facts = _facts(root)
    endpoints = Endpoints.from_facts(facts["endpoints"])
    return Load(
        endpoints.listener("http"),
        host=endpoints.host,
        paths=("/",),
        answered_by=lambda _headers, body: body.decode(),
        certificate_authority=Path(facts["certificate_authority"]),
        requests_per_second=30,
    )


def _failed(samples: tuple[Sample, ...]) -> list[str]:
    return [str(sample) for sample in samples if sample.failed]


def test_the_page_shows_what_edits_of_a_running_deployment_print_and_no_request_fails() -> None:
    first, *others = blocks(PAGE)
    with Typist() as typist:
        typist.type(first)
        assert typist.started is not None
        with _load(typist.root) as load:
            load.wait_for(FEW)
            for block in others:
                assert comparable(typist.type(block)) == comparable(block.text)
            load.wait_for(FEW)
        assert _failed(load.samples()) == []
        answers = [sample.answered_by for sample in load.samples()]
        assert "edited" not in answers[0]
        assert all("edited" in answer for answer in answers[-FEW:])
        assert len(_facts(typist.root)["tasks"]) == 3

        process_id = _facts(typist.root)["tasks"][0]["process_id"]
        os.kill(process_id, signal.SIGKILL)
        output = typist.started
        wait_until(lambda: " is healthy and replaces task " in output.read_text(), seconds=120)
        assert "ended: container service3 was ended by SIGKILL" in output.read_text()
    assert not SessionFile(typist.root / ".sandbox", "single_service").runs()
