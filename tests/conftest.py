"""Settings of every test: no AWS credentials in the environment; pyproject.toml allows only loopback connections.

The values that tests record as the property `measured` are printed at the end of a run.
"""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import settings

from tests.support.queue import in_queue_order
from tests.support.snapshots import json_snapshot  # noqa: F401 - a fixture for every test

for name in [name for name in os.environ if name.startswith(("AWS_", "TF_VAR_", "TF_CLI_ARGS"))]:
    del os.environ[name]
os.environ["CHECKPOINT_DISABLE"] = "1"
# Terraform and the provider read 1500 types at each start: with a rarer garbage collection they need a fifth less CPU.
os.environ.setdefault("GOGC", "400")
settings.register_profile("project", deadline=None)  # the time of one example depends on other work of the machine
settings.load_profile("project")


@pytest.fixture(autouse=True)
def _terraform_where_it_is_needed(request: pytest.FixtureRequest) -> None:
    """Fail a test that needs Terraform if it is missing; the test is never skipped."""
    needs = {"terraform", "sandbox"} & {mark.name for mark in request.node.iter_markers()}
    if needs and shutil.which("terraform") is None:
        pytest.fail("This test needs Terraform 1.10 or later on PATH.", pytrace=False)


@pytest.hookimpl(trylast=True)  # after -m has deselected tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the queue of pytest-xdist's workers; without workers, tests run in the order of their files."""
    if hasattr(config, "workerinput"):
        items[:] = in_queue_order(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the measurements of the tests of all workers."""
    reports = terminalreporter.getreports("passed")
    measured = [value for report in reports for name, value in report.user_properties if name == "measured"]
    if measured:
        terminalreporter.section("measured")
        for text in measured:
            terminalreporter.write_line(str(text))
