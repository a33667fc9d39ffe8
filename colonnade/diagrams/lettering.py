"""Fonts and colors of the diagram: the width of text, and the style sheet for light and dark themes. Pure functions.

Names, paths and ports are in a monospaced font, so that their width is the same on every system.
"""

from __future__ import annotations

from collections.abc import Mapping

_WIDTHS = {"title": 12.6, "heading": 8.8, "name": 8.7, "code": 8.1, "small": 7.5, "detail": 6.9}
"""Pixels per character in the widest of the fonts below, so that no text leaves its box."""

_ELLIPSIS = "\u2026"


def text_width(text: str, kind: str) -> int:
    """Return the maximum width of the text, in pixels."""
    return round(len(text) * _WIDTHS[kind] + 0.5)


def shortened(text: str, kind: str, width: int) -> str:
    """Return the text, or its beginning and end if it is too wide; long names often differ only at the end."""
    room = int(width / _WIDTHS[kind])
    if len(text) <= room:
        return text
    kept = max(room - 1, 2)
    return f"{text[: kept - kept // 2]}{_ELLIPSIS}{text[len(text) - kept // 2 :]}"


_SANS = "-apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', Helvetica, Arial, sans-serif"
_MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

_SHAPES = f"""
text {{ font-family: {_SANS} }}
.title {{ font-size: 21px; font-weight: 700 }}
.heading {{ font-size: 14px; font-weight: 600 }}
.detail {{ font-size: 12px }}
.name {{ font: 600 14px {_MONO} }}
.code {{ font: 13px {_MONO} }}
.small {{ font: 12px {_MONO} }}
.request, .call, .out {{ fill: none; stroke-linecap: round; stroke-linejoin: round }}
.call, .out {{ stroke-width: 1.6 }}
"""

_Theme = Mapping[str, str]

_LIGHT: _Theme = {
    "canvas": "fill: #ffffff; stroke: #d1d9e0",
    "vpc": "fill: #f6f8fa; stroke: #c8d1da",
    "public": "fill: #eaf6ec; stroke: #a9d3b1",
    "private": "fill: #eaf2fd; stroke: #abc8ee",
    "card": "fill: #ffffff; stroke: #c3ccd5",
    "row": "fill: #f6f8fa; stroke: #d1d9e0",
    "chip": "fill: #ffffff; stroke: #d1d9e0",
    "ink": "fill: #1f2328",
    "muted": "fill: #59636e",
    "request": "stroke: #0969da",
    "request-head": "fill: #0969da",
    "call": "stroke: #8250df",
    "call-head": "fill: #8250df",
    "out": "stroke: #9a6700",
    "out-head": "fill: #9a6700",
    "public-bar": "fill: #2da44e",
    "plain-bar": "fill: #8c959f",
}
_DARK: _Theme = {
    "canvas": "fill: #0d1117; stroke: #30363d",
    "vpc": "fill: #12171e; stroke: #3d444d",
    "public": "fill: #10231a; stroke: #2b5a38",
    "private": "fill: #111f33; stroke: #2d4a75",
    "card": "fill: #1b222b; stroke: #434b55",
    "row": "fill: #232b35; stroke: #434b55",
    "chip": "fill: #1b222b; stroke: #3d444d",
    "ink": "fill: #e6edf3",
    "muted": "fill: #9da7b1",
    "request": "stroke: #58a6ff",
    "request-head": "fill: #58a6ff",
    "call": "stroke: #bc8cff",
    "call-head": "fill: #bc8cff",
    "out": "stroke: #d29922",
    "out-head": "fill: #d29922",
    "public-bar": "fill: #3fb950",
    "plain-bar": "fill: #768390",
}


def style_sheet() -> str:
    """Return the style sheet. It sets a background, so that the diagram is readable on any page."""
    dark = _rules(_DARK).replace("\n", "\n  ")
    return f"{_SHAPES}{_rules(_LIGHT)}\n@media (prefers-color-scheme: dark) {{\n  {dark}\n}}\n"


def _rules(theme: _Theme) -> str:
    return "\n".join(f".{name} {{ {style} }}" for name, style in theme.items())
