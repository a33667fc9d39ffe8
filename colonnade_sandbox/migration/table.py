"""A table of the run's stages for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from colonnade_sandbox.migration.tally import Row


def as_table(rows: Sequence[Row]) -> Table:
    """Return a table with one line per stage and a line of totals."""
    table = Table(box=box.SIMPLE_HEAD, show_footer=True, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Phase", footer="total", no_wrap=True)
    for heading, footer in (
        ("Requests", sum(row.requests for row in rows)),
        ("Failed", sum(len(row.failed) for row in rows)),
        ("Expected\nfailures", sum(row.failed_of_outage for row in rows)),
        ("Monolith", sum(row.monolith for row in rows)),
        ("Micro-\nservices", sum(row.microservices for row in rows)),
    ):
        table.add_column(heading, footer=str(footer), justify="right")
    table.add_column("Their\nshare", justify="right")
    for row in rows:
        share = f"{row.settled_share:.1f} %" if row.settled_share is not None else ""
        numbers = (row.requests, len(row.failed), row.failed_of_outage, row.monolith, row.microservices)
        table.add_row(row.stage.title, *map(str, numbers), share)
    return table
