"""The shapes of the diagram: boxes, text that fits its box, and lines with arrowheads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape  # svg-py does not escape text

import svg

from colonnade.diagrams.layout import BAR, Box
from colonnade.diagrams.lettering import shortened, text_width

_HEAD = 8
_CORNER = 8


def box(place: Box, kind: str, *, radius: int = 8) -> svg.Rect:
    return svg.Rect(x=place.x, y=place.y, width=place.width, height=place.height, rx=radius, class_=[kind])


def bar(place: Box, kind: str) -> svg.Rect:
    """Return the colored edge that shows the kind of a card."""
    return svg.Rect(x=place.x, y=place.y + 8, width=BAR, height=place.height - 16, rx=2, class_=[kind])


def text(x: int, y: int, words: str, kind: str, *, width: int, ink: str = "ink", end: bool = False) -> svg.Text:
    """Return one line of text that starts or ends at `x`; text wider than `width` is shortened and shown on hover."""
    shown = shortened(words, kind, width)
    return svg.Text(
        x=x,
        y=y,
        class_=[kind, ink],
        text=escape(shown),
        text_anchor="end" if end else None,
        elements=[svg.Title(text=escape(words))] if shown != words else None,
    )


def pair(place: Box, y: int, left: tuple[str, str], right: tuple[str, str], *, inset: int) -> Iterator[svg.Text]:
    """Yield two strings with their CSS classes on one line of a box, one at its left and one at its right side."""
    room = place.width - 2 * inset
    taken = text_width(*right)
    yield text(place.x + inset, y, left[0], left[1], width=room - taken - 6)
    yield text(place.right - inset, y, right[0], right[1], width=taken, ink="muted", end=True)


def curve(start: tuple[int, int], end: tuple[int, int], *, thickness: float, dashed: bool) -> Iterator[svg.Element]:
    """Yield a curve from left to right between two columns, horizontal at both ends, with an arrowhead."""
    (x1, y1), (x2, y2) = start, (end[0] - _HEAD + 1, end[1])
    middle = (x1 + x2) // 2
    path: list[svg.PathData] = [svg.M(x1, y1), svg.H(x2) if y1 == y2 else svg.C(middle, y1, middle, y2, x2, y2)]
    yield svg.Path(d=path, class_=["request"], stroke_width=thickness, stroke_dasharray=[2, 5] if dashed else None)
    yield _head(end, (1, 0), "request-head")


def straight(start: tuple[int, int], end: tuple[int, int], kind: str) -> Iterator[svg.Element]:
    """Yield a horizontal or vertical line with an arrowhead at its end."""
    dx, dy = _direction(start, end)
    path: list[svg.PathData] = [svg.M(*start), svg.L(end[0] - dx * (_HEAD - 1), end[1] - dy * (_HEAD - 1))]
    yield svg.Path(d=path, class_=[kind], stroke_width=1.8)
    yield _head(end, (dx, dy), f"{kind}-head")


def bracket(x: int, y1: int, y2: int, lane_x: int, *, heads: Sequence[int]) -> Iterator[svg.Element]:
    """Yield a line between two points on the right side of a column: out to a lane, down, and back.

    `heads` are the y coordinates that get an arrowhead.
    """
    ends = {y: x + _HEAD - 1 if y in heads else x for y in (y1, y2)}
    path: list[svg.PathData] = [
        svg.M(ends[y1], y1),
        svg.H(lane_x - _CORNER),
        svg.Q(lane_x, y1, lane_x, y1 + _CORNER),
        svg.V(y2 - _CORNER),
        svg.Q(lane_x, y2, lane_x - _CORNER, y2),
        svg.H(ends[y2]),
    ]
    yield svg.Path(d=path, class_=["call"])
    for y in heads:
        yield _head((x, y), (-1, 0), "call-head")


def _direction(start: tuple[int, int], end: tuple[int, int]) -> tuple[int, int]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    return (dx > 0) - (dx < 0), (dy > 0) - (dy < 0)


def _head(tip: tuple[int, int], direction: tuple[int, int], kind: str) -> svg.Path:
    (x, y), (dx, dy) = tip, direction
    back_x, back_y = x - dx * _HEAD, y - dy * _HEAD
    wing = _HEAD // 2
    return svg.Path(
        d=[
            svg.M(x, y),
            svg.L(back_x - dy * wing, back_y + dx * wing),
            svg.L(back_x + dy * wing, back_y - dx * wing),
            svg.Z(),
        ],
        class_=[kind],
    )
