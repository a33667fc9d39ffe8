"""A reader of the blocks in Terraform's own language, HCL: text -> tokens -> blocks with their arguments.

It reads only text that `terraform fmt` accepts, so it reports no syntax errors. Expressions stay text: no rule
evaluates one. Syntax: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_WORDS_AND_SPACES = r"""
      (?P<space> [^\S\n]+ | \ufeff)
    | (?P<comment> \#[^\n]* | //[^\n]* | /\*.*?\*/ )
    | (?P<heredoc> <<-?(?P<mark>[^\W\d][\w-]*)\r?\n (?: .*?\n)?? [^\S\n]*(?P=mark)[^\S\n]*(?=\n|\Z) )
    | (?P<newline> \n )
    | (?P<word> [^\W\d][\w-]* )
"""
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block: `resource "aws_s3_bucket" "invoices" { ... }`."""

    kind: str
    """The word before the labels: 'resource'."""
    labels: tuple[str, ...]
    line: int
    """The line of its first word, from 1."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """The expression of each argument, as it is written."""
    blocks: tuple[Block, ...] = ()
    """The blocks inside it, in order."""

    def inside(self, kind: str) -> Iterator[Block]:
        """Yield the blocks of one kind directly inside this one."""
        return (block for block in self.blocks if block.kind == kind)


def read_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a file that `terraform fmt` accepts, in order."""
    return _Reading(text).body()[1]


class _Token(NamedTuple):
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class _Reading:
    """One pass over the tokens of a file."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [*_tokens(text), _Token("end", "", len(text))]
        self._at = 0

    def body(self) -> tuple[dict[str, str], tuple[Block, ...]]:
        """Read arguments and blocks up to the end or up to a closing brace, which is not read."""
        arguments: dict[str, str] = {}
        blocks: list[Block] = []
        while (token := self._tokens[self._at]).kind != "end" and token.text != "}":
            self._at += 1
            if token.kind == "newline":
                continue
            if self._tokens[self._at].text == "=":
                arguments[token.text] = self._expression()
            else:
                blocks.append(self._block(token))
        return arguments, tuple(blocks)

    def _block(self, first: _Token) -> Block:
        labels = []
        while (token := self._tokens[self._at]).text != "{":
            labels.append(token.text.strip('"'))
            self._at += 1
        self._at += 1
        arguments, blocks = self.body()
        self._at += 1
        line = self._text.count("\n", 0, first.start) + 1
        return Block(kind=first.text, labels=tuple(labels), line=line, arguments=arguments, blocks=blocks)

    def _expression(self) -> str:
        """Read the text after `=` up to a line break or closing brace outside of all brackets, which is not read."""
        start, depth = self._tokens[self._at].end, 0
        while (token := self._tokens[self._at + 1]).kind != "end":
            if depth == 0 and (token.kind == "newline" or token.text == "}"):
                break
            if token.kind == "other":
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
            self._at += 1
        end = self._tokens[self._at].end
        self._at += 1
        return self._text[start:end].strip()


def _tokens(text: str) -> Iterator[_Token]:
    """Yield words, strings, heredocs, line breaks and single other characters; skip spaces and comments."""
    at = 0
    while at < len(text):
        kind, end = _next(text, at)
        if kind not in {"space", "comment"}:
            yield _Token(kind, text[at:end], at)
        at = end


@functools.cache  # compiled here and not on import, because few projects have files in this language
def _token_pattern() -> re.Pattern[str]:
    return re.compile(_WORDS_AND_SPACES, re.VERBOSE | re.DOTALL)


def _next(text: str, at: int) -> tuple[str, int]:
    """Return the kind of the token at an index, and the index after it."""
    if text[at] == '"':
        return "string", _string_end(text, at)
    found = _token_pattern().match(text, at)
    return (str(found.lastgroup), found.end()) if found is not None else ("other", at + 1)


def _string_end(text: str, start: int) -> int:
    """Return the index after the string that begins at `start`."""
    at = start + 1
    while text[at] != '"':
        if text.startswith(("$${", "%%{"), at):
            at += 3
        elif text.startswith(("${", "%{"), at):
            at = _template_end(text, at + 2)
        else:
            at += 2 if text[at] == "\\" else 1
    return at + 1


def _template_end(text: str, start: int) -> int:
    """Return the index after the brace that closes a template, such as `${upper("a")}`; `start` is inside it."""
    at, depth = start, 1
    while depth:
        if text[at] == '"':
            at = _string_end(text, at)
        else:
            depth += (text[at] == "{") - (text[at] == "}")
            at += 1
    return at
