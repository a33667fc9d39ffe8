"""The rules that an environment's values keep; each runs on what is well-formed, so that one wrong key hides no other."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def environment_problems(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ()
