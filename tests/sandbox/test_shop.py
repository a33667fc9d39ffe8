"""The sample deployment shop in a sandbox, with a real PostgreSQL beside it.

The tests run in their order in one session. The last one ends the database.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from colonnade.terminal.progress import Progress
from colonnade_sandbox.demo.requests import read_requests
from colonnade_sandbox.demo.smoke_test import run_smoke_test
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.outside import read_outside, start_outside
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.synthesized import read_stack
from tests.support.sandbox_session import PROJECT_ROOT, write_project_stacks

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.xdist_group("shop")]

PROJECT = Project(root=PROJECT_ROOT)
BUCKET = "colonnade-sandbox-shop-invoices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    session: Session
    output: io.StringIO
    folder: Path
    """The synthesized stacks."""
    end_database: Callable[[], None]

    def ask(self) -> None:
        """Make the requests of the demo; raises SandboxError for an unexpected answer."""
        run_smoke_test(
            read_requests(PROJECT.requests("shop")),
            self.session.endpoints(),
            certificate_authority=self.session.data_plane.certificate_authority_path,
            progress=Progress(Console(file=self.output)),
        )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    write_project_stacks(folder)
    output = io.StringIO()
    (database,) = read_outside(PROJECT.outside("shop"))
    progress = Progress(Console(file=output, width=200))
    with Session(synthesized=folder, deployment="shop", project_root=PROJECT_ROOT, progress=progress) as session:
        end = start_outside(database, root=PROJECT_ROOT, log=folder / "database.log", pause=session.pause)
        session.at_end(end)
        session.deploy()
        yield Shop(session=session, output=output, folder=folder, end_database=end)


def test_orders_are_kept_invoiced_and_confirmed(shop: Shop) -> None:
    shop.ask()
    invoice = shop.session.aws.s3.get_object(Bucket=BUCKET, Key="invoices/1.txt")["Body"].read()
    assert invoice == b"Order 1: Fluted column, 480.00 EUR\n"


def test_applying_again_would_change_nothing(shop: Shop) -> None:
    plan = shop.session.plan(shop.session.stacks[-1])
    assert plan.empty, plan.changes


def test_the_password_is_in_no_task_definition_and_no_output(shop: Shop) -> None:
    definition = str(shop.session.aws.ecs.describe_task_definition(taskDefinition="colonnade-sandbox-shop-orders"))
    assert "shop/orders-db" in definition
    assert "for-the-sandbox-only" not in definition + shop.output.getvalue()


def test_without_its_database_an_update_fails_and_the_former_tasks_stay(shop: Shop) -> None:
    session = shop.session
    before = {task.task_id for task in session.tasks("orders")}
    changed = shop.folder / "changed"
    shutil.copytree(shop.folder / "stacks" / "shop", changed / "stacks" / "shop")
    path = changed / "stacks" / "shop" / "cdk.tf.json"
    path.write_text(path.read_text().replace("EUR", "CHF"))
    shop.end_database()

    with pytest.raises(SandboxError, match=r"before-start(.|\n)*cannot use the database"):
        session.apply(read_stack(changed, "shop"))

    assert before <= {task.task_id for task in session.tasks("orders") if task.status == "RUNNING"}
