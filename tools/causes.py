"""The page docs/when-something-goes-wrong.md, from the causes of `colonnade why`: `python -m tools.causes`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from colonnade.operate.why.cause import Cause
from colonnade.operate.why.causes import GROUPS

PAGE: Final = Path(__file__).parent.parent / "docs" / "when-something-goes-wrong.md"
_OPENING: Final = """# When something goes wrong

<!-- Written by `python -m tools.causes`. Edit colonnade/operate/why in the source instead. -->

`colonnade why SERVICE` reads a deployed service from AWS, or from a running sandbox, and prints the first cause in this
list that the evidence supports, with its fix, the evidence, and the page of AWS's documentation:

    colonnade why service1
    colonnade why services/service1 -e prod --json

The exit status is 0 if the service is healthy and as deployed, otherwise 1. ECS lists a stopped task for one hour;
after that, only its log and the service's events are left. After a rollback the cause is that of the failed deployment.

The list is in order. Words in capitals are values that the command prints.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([_OPENING, *_lines()])


def _lines() -> Iterator[str]:
    for title, causes in GROUPS.items():
        yield f"## {title}"
        yield ""
        yield "| Sign | Cause | Fix |"
        yield "|---|---|---|"
        yield from map(_row, causes)
        yield ""


def _row(cause: Cause) -> str:
    cells = (
        cause.sign,
        f"[{cause.name}]({cause.source}): {cause.documented(cause.sentence)}",
        cause.documented(cause.fix),
    )
    return f"| {' | '.join(each.replace('|', '/') for each in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
