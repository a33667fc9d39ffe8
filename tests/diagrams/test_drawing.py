"""Tests of the drawing: nothing overlaps in any deployment, and it has a description for screen readers."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from colonnade.diagrams.deployed import Deployed
from colonnade.diagrams.drawing import as_svg
from colonnade.diagrams.layout import lay_out
from colonnade.diagrams.lettering import shortened, style_sheet, text_width
from tests.support.pictures import SVG, deployments, texts

few_examples = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(deployments())
@few_examples
def test_texts_neither_overlap_nor_leave_the_canvas(deployed: Deployed) -> None:
    canvas, written = lay_out(deployed).canvas, list(texts(as_svg(deployed)))
    assert [(one.words, other.words) for one, other in combinations(written, 2) if one.touches(other)] == []
    assert [each.words for each in written if each.left < 0 or each.right > canvas.width] == []
    assert [each.words for each in written if each.top < 0 or each.bottom > canvas.height] == []


@given(deployments())
@few_examples
def test_the_line_to_the_load_balancer_crosses_no_text(deployed: Deployed) -> None:
    layout = lay_out(deployed)
    line = layout.load_balancer.center
    between = range(layout.client.bottom, layout.load_balancer.y)
    crossed = [
        each.words for each in texts(as_svg(deployed)) if each.left <= line <= each.right and int(each.top) in between
    ]
    assert crossed == []


@given(deployments())
@few_examples
def test_boxes_do_not_overlap_and_lie_inside_their_container(deployed: Deployed) -> None:
    layout = lay_out(deployed)
    columns = [(layout.rules, layout.load_balancer), (tuple(layout.services.values()), layout.private)]
    for boxes, around in columns:
        ordered = sorted(boxes, key=lambda box: box.y)
        assert all(upper.bottom < lower.y for upper, lower in pairwise(ordered))
        assert all(around.x < box.x and box.right < around.right for box in boxes)
        assert all(around.y < box.y and box.bottom < around.bottom for box in boxes)
    assert layout.public.right < layout.private.x
    assert layout.load_balancer.bottom < min((nat.y for nat in layout.nat_gateways), default=layout.public.bottom)


@given(deployments())
@few_examples
def test_equal_deployments_give_equal_bytes_of_well_formed_xml(deployed: Deployed) -> None:
    picture = as_svg(deployed)
    assert picture == as_svg(deployed)
    root = ElementTree.fromstring(picture)  # noqa: S314
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root.attrib["role"] == "img"


@given(deployments())
@few_examples
def test_the_description_lists_every_service_rule_and_call(deployed: Deployed) -> None:
    described = ElementTree.fromstring(as_svg(deployed)).findtext(f"{SVG}desc") or ""  # noqa: S314
    for service in deployed.services:
        assert f"{service.name}: {service.task_count} of " in described
    for call in deployed.calls:
        assert f"{call.caller} may call {call.callee}." in described
    for rule in deployed.rules[:-1]:
        assert f"Rule {rule.priority} for " in described


def test_the_light_and_the_dark_theme_color_the_same_elements() -> None:
    light, dark = style_sheet().split("@media (prefers-color-scheme: dark)")
    colored = re.findall(r"\.([a-z-]+) \{ (fill|stroke): #", light)
    assert len(colored) > 15
    assert colored == re.findall(r"\.([a-z-]+) \{ (fill|stroke): #", dark)


@pytest.mark.parametrize("width", [40, 100, 300])
def test_a_string_that_is_too_long_keeps_its_beginning_and_end(width: int) -> None:
    words = "a-name-that-is-far-too-long-for-its-card"
    shown = shortened(words, "name", width)
    start, end = shown.split("\u2026")
    assert words.startswith(start)
    assert words.endswith(end)
    assert text_width(shown, "name") <= width + 1
    assert shortened("short", "name", width + 10) == "short"
