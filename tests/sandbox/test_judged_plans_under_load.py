"""Plans applied under load: requests fail where the review says so before, and nowhere else.

Two sandboxes. The apps close each connection after an answer, so that each request needs a new connection to a task.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from rich.console import Console

from colonnade.review.interruptions.judgement import Judgement, interruptions
from colonnade.review.plan.document import read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.terminal.progress import Progress
from colonnade_sandbox.load import Load
from colonnade_sandbox.planning.plan_check import PlanCheck
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.synthesized import read_stack
from colonnade_sandbox.tasks.image_catalog import ImageCatalog
from colonnade_sandbox.terraform.runner import Terraform, TerraformError
from tests.support.judged_deployment import FORMS, NAME, PATHS, Document, Form, document, stacks
from tests.support.judged_edits import EDITS, Edit, foretells
from tests.support.sandbox_session import PROJECT_ROOT
from tests.support.task_images import tiny_image

pytestmark = [pytest.mark.slow, pytest.mark.sandbox, pytest.mark.timeout(900)]

FEW = 20
"""The requests before and after an apply: half a second of load."""


_REFUSED = ("already exists", "not idempotent", "still Draining")
"""Parts of the errors with which AWS refuses an operation."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The services whose requests failed during an apply."""

    failed: set[str]
    refused: bool
    """True if AWS refused an operation."""
    foretold: bool
    """True if the review says both before."""


class Recorder(PlanCheck):
    """A check that accepts every plan and, once it judges, keeps the judgement of the last one."""

    def __init__(self) -> None:
        super().__init__((), working_directory=PROJECT_ROOT)
        self.judges = False
        self.judgement = Judgement(found=(), approximate=False)

    def checked_plan(self, terraform: Terraform, folder: Path) -> Path:
        saved = folder / "saved.plan"
        terraform.save_plan(saved, refresh=False)  # only Terraform changes this account
        if self.judges:
            plan = read_plan(terraform.show_saved_plan(saved), terraform.graph(saved))
            self.judgement = interruptions(plan, ResourceIndex(plan.changes, plan.configuration), plan.graph)
        return saved


class Deployed:
    """The deployment in a running sandbox."""

    def __init__(self, session: Session, recorder: Recorder, form: Form, folder: Path) -> None:
        self._session = session
        self._recorder = recorder
        self._form = form
        self._folder = folder
        self._is_base = True

    def outcomes(self, edit: Edit) -> list[Outcome]:
        """Apply an edit, and take it back if that says something. Requests succeed before each apply."""
        if not self._is_base:
            self._apply(document())
            self._wait()
        self._is_base = False
        found = [self._outcome(edit.after(), waits=edit.back is not None)]
        if edit.back is not None:
            found.append(self._outcome(document(), waits=True))
            self._is_base = True
        return found

    def _outcome(self, made: Document, *, waits: bool) -> Outcome:
        """Apply a deployment under load, and wait until the former tasks have gone, unless requests fail for good."""
        with self._load() as load:
            load.wait_for(FEW)
            assert [str(each) for each in load.wait_for(FEW) if each.failed] == []
            refused = self._apply(made)
            if waits:
                self._wait()
            load.wait_for(FEW)
        failed = {each.path.split("/")[1] for each in load.samples() if each.failed}
        foretold = foretells(self._recorder.judgement, failed, refused=refused)
        return Outcome(failed=failed, refused=refused, foretold=foretold)

    def _apply(self, made: Document) -> bool:
        """Apply a deployment; return True if AWS refuses an operation."""
        _write(self._form(made), self._folder)
        try:
            self._session.apply(read_stack(self._folder, NAME))
        except TerraformError as error:
            if not any(each in str(error) for each in _REFUSED):
                raise
            return True
        return False

    def _wait(self) -> None:
        self._session.wait_for_rollouts(read_stack(self._folder, NAME))

    def _load(self) -> Load:
        endpoints = self._session.endpoints()
        return Load(
            endpoints.listener("http"),
            host=endpoints.host,
            paths=PATHS,
            answered_by=lambda _headers, _body: "",
            certificate_authority=self._session.data_plane.certificate_authority_path,
            requests_per_second=40,
        )


class Sandboxes:
    """The session of one form of the deployment at a time, as a process runs one emulator only."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._running = contextlib.ExitStack()
        self._deployed: dict[str, Deployed] = {}

    def deployed(self, form: str) -> Deployed:
        if form not in self._deployed:
            self.close()
            self._deployed = {form: self._deploy(form)}
        return self._deployed[form]

    def _deploy(self, form: str) -> Deployed:
        folder = self._factory.mktemp(form)
        for stack in stacks().values():
            stack.write(folder / "stacks" / stack.name)
        _write(FORMS[form](document()), folder)
        program, recorder = tiny_image(folder).images["orders"], Recorder()
        session = Session(
            synthesized=folder,
            deployment=NAME,
            project_root=PROJECT_ROOT,
            progress=Progress(Console(file=io.StringIO())),
            images=ImageCatalog(images={"front": program, "back": program}),
            plan_check=recorder,
        )
        self._running.enter_context(session)
        session.deploy()
        recorder.judges = True
        return Deployed(session, recorder, FORMS[form], folder)

    def close(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    made = Sandboxes(tmp_path_factory)
    yield made
    made.close()


def _cases() -> list[ParameterSet]:
    groups = {
        "protected": pytest.mark.xdist_group("judged_protected"),
        "unprotected": pytest.mark.xdist_group("judged_unprotected"),
    }
    return [
        pytest.param(
            form, edit, id=f"{form}-{edit.name}", marks=(groups[form], *([pytest.mark.seldom] if edit.seldom else []))
        )
        for form, edits in EDITS.items()
        for edit in edits
    ]


@pytest.mark.parametrize(("form", "edit"), _cases())
def test_requests_fail_where_the_review_says_so_and_nowhere_else(sandboxes: Sandboxes, form: str, edit: Edit) -> None:
    outcomes = sandboxes.deployed(form).outcomes(edit)
    assert [each for each in outcomes if not each.foretold] == []
    assert [each.failed for each in outcomes] == [set(each) for each in edit.plans]
    assert [each.refused for each in outcomes] == [edit.refused, False][: len(outcomes)]


def _write(made: Document, folder: Path) -> None:
    path = folder / "stacks" / NAME / "cdk.tf.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made))
