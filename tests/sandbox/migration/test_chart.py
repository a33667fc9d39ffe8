"""The chart is well-formed SVG that shows what answered, when, and in which phase."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from colonnade_sandbox.migration.chart import as_svg
from tests.support.load_samples import sample, samples, stage

SVG = "{http://www.w3.org/2000/svg}"
STAGES = [stage("monolith", 100), stage("canary", 102), stage("cutover", 104)]
MADE = [
    *samples(100, *["monolith"] * 150),
    *samples(102, *["monolith", "users"] * 75),
    sample(103.6, status=503),
    *samples(104, *["users"] * 150),
]


def _columns(kind: str) -> list[tuple[float, float]]:
    """Return the left and right edge of each column of the kind."""
    paths = [path for path in _drawn(as_svg(MADE, STAGES), "path") if path.get("class") == kind]
    return [
        (float(left), float(right))
        for path in paths
        for left, right in re.findall(r"M\s*([\d.]+)[^H]*H\s*([\d.]+)", path.get("d", ""))
    ]


def _drawn(document: str, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(document).iter(f"{SVG}{tag}"))  # noqa: S314 - the project's own document


def test_the_titles_of_the_phases_are_in_order_of_time() -> None:
    texts = {text.text: float(text.get("x", "")) for text in _drawn(as_svg(MADE, STAGES), "text")}
    assert texts["monolith"] < texts["canary"] < texts["cutover"]


def test_each_kind_has_a_column_for_each_second_with_an_answer() -> None:
    assert len(_columns("monolith")) == 4
    assert len(_columns("microservices")) == 4
    assert len(_columns("failed")) == 1


def test_the_shift_goes_from_left_to_right() -> None:
    assert max(_columns("monolith")) < max(_columns("microservices"))
    assert min(_columns("monolith")) < min(_columns("microservices"))


def test_columns_stay_within_the_chart() -> None:
    (picture,) = _drawn(as_svg(MADE, STAGES), "svg")
    width = float(picture.get("viewBox", "").split()[2])
    assert all(0 < left < right <= width for kind in ("monolith", "microservices") for left, right in _columns(kind))


def test_the_document_has_no_external_references() -> None:
    assert re.findall(r"(?:href|src|url)\b", as_svg(MADE, STAGES)) == []
