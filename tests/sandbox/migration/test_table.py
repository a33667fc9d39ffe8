"""The table has a line for each stage and a line of totals."""

from __future__ import annotations

import io

from rich.console import Console

from colonnade_sandbox.migration.table import as_table
from colonnade_sandbox.migration.tally import Outage, tally
from tests.support.load_samples import sample, samples, stage


def test_the_table_shows_the_counts_of_every_stage_and_the_totals_within_eighty_columns() -> None:
    stages = [stage("monolith", 0), stage("canary", 10), stage("canary, users down", 20)]
    made = [
        *samples(1, *["monolith"] * 7),
        *samples(11, "monolith", "users", "posts"),
        sample(21, status=503),
        sample(5),
    ]
    failed = sample(12, path="/api/posts", status=502)
    text = io.StringIO()
    Console(file=text, width=80).print(
        as_table(tally([*made, failed], stages, Outage(path_prefix="/api/users", began_at=20)))
    )
    lines = {line.split("  ")[0].strip(): line.split()[-6:] for line in text.getvalue().splitlines() if line.strip()}
    assert lines["monolith"] == ["0", "0", "8", "0", "0.0", "%"]
    assert lines["canary"][-5:] == ["0", "1", "2", "66.7", "%"]
    assert lines["canary, users down"] == ["down", "1", "0", "1", "0", "0"]
    assert lines["total"] == ["total", "13", "1", "1", "9", "2"]
