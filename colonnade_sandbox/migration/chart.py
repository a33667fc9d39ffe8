"""A chart of the migration: for each second, the services that answered the requests, with the phases above.

samples + stages -> an SVG document: for each second a column of the monolith's, the microservices' and the failed
                    requests, in percent
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Literal

import svg

from colonnade_sandbox.load import Sample
from colonnade_sandbox.migration.tally import Stage, served_by_monolith

_Kind = Literal["monolith", "microservices", "failed"]
_COLORS: dict[_Kind, str] = {"monolith": "#4c6a92", "microservices": "#e8a33d", "failed": "#c8102e"}
_WIDTH, _HEIGHT = 1080, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 96, 112, 64
_FLOOR = _HEIGHT - _BOTTOM
_TICK_SECONDS = 60
_INK, _LINE = "#24292f", "#9aa4b1"
_STYLE = f"text {{ font: 12px system-ui, sans-serif; fill: {_INK} }} .heading {{ font-size: 15px }}"


def as_svg(samples: Sequence[Sample], stages: Sequence[Stage]) -> str:
    """Return a standalone SVG document. `samples` and `stages` must not be empty."""
    scale = _Scale(samples, stages)
    drawing = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, _WIDTH, _HEIGHT),
        elements=[
            svg.Rect(width=_WIDTH, height=_HEIGHT, fill="#ffffff"),
            svg.Style(text=_STYLE),
            svg.Text(
                x=_LEFT, y=24, class_=["heading"], text="Answers by service, in percent of each second's requests"
            ),
            *_legend(),
            *_columns(samples, scale),
            *_phases(stages, scale),
            *_axes(scale),
        ],
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawing}\n'


class _Scale:
    """A converter of seconds and percentages to coordinates."""

    def __init__(self, samples: Sequence[Sample], stages: Sequence[Stage]) -> None:
        self.begin = stages[0].began_at
        self.seconds = self.second(max(sample.sent_at for sample in samples)) + 1
        self._counts = Counter((self.second(sample.sent_at), _kind(sample)) for sample in samples)
        self._totals = Counter(self.second(sample.sent_at) for sample in samples)

    def second(self, moment: float) -> int:
        """Return the whole seconds since the beginning."""
        return int(moment - self.begin)

    def percent(self, second: int, kind: _Kind) -> float:
        return 100 * self._counts[second, kind] / self._totals[second]

    def x(self, seconds: float) -> float:
        return round(_LEFT + seconds / self.seconds * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, percent: float) -> float:
        return round(_FLOOR - percent / 100 * (_FLOOR - _TOP), 1)


def _kind(sample: Sample) -> _Kind:
    if sample.failed:
        return "failed"
    return "monolith" if served_by_monolith(sample) else "microservices"


def _columns(samples: Sequence[Sample], scale: _Scale) -> Iterator[svg.Element]:
    """Draw one path for each kind, so that a chart of many minutes stays small."""
    seconds = sorted({scale.second(sample.sent_at) for sample in samples})
    parts: dict[_Kind, list[svg.PathData]] = {kind: [] for kind in _COLORS}
    for second in seconds:
        shares = [scale.percent(second, kind) for kind in _COLORS]
        left, right = scale.x(second), scale.x(second + 1)
        for kind, share, top in zip(_COLORS, shares, accumulate(shares), strict=True):
            if share:
                foot, head = scale.y(top - share), scale.y(top)
                parts[kind] += [svg.M(left, foot), svg.V(head), svg.H(right), svg.V(foot), svg.Z()]
    for kind, columns in parts.items():
        if columns:
            yield svg.Path(d=columns, fill=_COLORS[kind], shape_rendering="crispEdges", class_=[kind])


def _phases(stages: Sequence[Stage], scale: _Scale) -> Iterator[svg.Element]:
    """Draw a line with the stage's title where each change took effect."""
    for stage in stages:
        x = scale.x(stage.settled_at - scale.begin)
        yield svg.Line(x1=x, y1=_TOP - 8, x2=x, y2=_FLOOR, stroke=_LINE, stroke_dasharray=[3, 3])
        turn = svg.Rotate(-40, x + 4, _TOP - 12)
        yield svg.Text(x=x + 4, y=_TOP - 12, transform=[turn], text=stage.title)


def _axes(scale: _Scale) -> Iterator[svg.Element]:
    yield svg.Line(x1=_LEFT, y1=_FLOOR, x2=_WIDTH - _RIGHT, y2=_FLOOR, stroke=_INK)
    for percent in (0, 50, 100):
        yield svg.Text(x=_LEFT - 8, y=scale.y(percent) + 4, text_anchor="end", text=f"{percent} %")
    for second in range(0, scale.seconds, _TICK_SECONDS):
        yield svg.Text(x=scale.x(second), y=_FLOOR + 18, text_anchor="middle", text=f"{second // 60} min")


def _legend() -> Iterator[svg.Element]:
    for place, (kind, color) in enumerate(_COLORS.items()):
        x = _LEFT + place * 130
        yield svg.Rect(x=x, y=_HEIGHT - 26, width=12, height=12, fill=color)
        yield svg.Text(x=x + 18, y=_HEIGHT - 16, text=kind)
