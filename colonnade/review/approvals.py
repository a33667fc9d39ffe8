"""The approvals of a project: review-approvals.toml -> entries that bind an address, a rule and a value.

    [[approval]]
    address = "aws_vpc_security_group_ingress_rule.ServicesLB_ingress_443_B9A7E65F"
    rule = "port-opened"
    value = "9f2c41d07a3b5e11"
    reason = "the public HTTPS port"
    expires = 2027-06-30

The value is a hash of what the rule judged, so that an approval does not apply to a later, different change. The review
prints the entry of each finding.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from colonnade.model.errors import suggestion
from colonnade.review.analysis.approval_values import VALUE
from colonnade.review.analysis.rules import RULES
from colonnade.review.errors import ApprovalError
from colonnade.review.plan.addresses import KEY

FILE = "review-approvals.toml"
"""The approvals of all stacks, in the project's root; optional."""
FORMER_FILE = ".review-allow"
"""The file of earlier versions, which contained only addresses."""
MOVED = (
    f"{FORMER_FILE} is not read any more: approvals are in {FILE} and bind the rule and the value as well; review the "
    f"plan, copy the entry of each finding that is approved to {FILE}, and delete {FORMER_FILE}"
)
"""The fix for a project that has the former file."""

_STEP = rf"[^\W\d][\w-]*({KEY})?"
_ADDRESS = re.compile(rf"{_STEP}(\.{_STEP})+")
_ENTRY = re.compile(r"^[ \t]*\[\[\s*approval\s*\]\]", re.MULTILINE)
_REQUIRED = ("address", "rule", "value", "reason")
_KEYS = (*_REQUIRED, "expires")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One entry of the file."""

    address: str
    rule: str
    value: str
    reason: str
    expires: date | None = None
    """The last day on which it counts, in UTC; None if it does not expire."""

    def has_expired(self, today: date) -> bool:
        """Return True if it no longer counts."""
        return self.expires is not None and today > self.expires


def checked_address(address: str) -> str:
    """Return the address of an `--allow` option. Raise ApprovalError if it is not one."""
    if _ADDRESS.fullmatch(address) is None:
        raise ApprovalError(f"--allow {address!r} is not a Terraform address; write one, such as aws_lb.this")
    return address


def approvals(text: str, *, name: str = FILE) -> tuple[Approval, ...]:
    """Return the entries of a file. Raise ApprovalError with every problem, each with its line and its fix."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ApprovalError(f"{name}: is not TOML: {error}") from error
    except RecursionError as error:
        raise ApprovalError(f"{name}: is nested too deeply; write each approval as a table [[approval]]") from error
    entries = document.get("approval", [])
    problems = [
        f"{name}: unknown key {key!r}; write each approval as a table [[approval]]"
        for key in document
        if key != "approval"
    ]
    if not isinstance(entries, list) or not all(isinstance(each, Mapping) for each in entries):
        raise ApprovalError("\n".join([*problems, f"{name}: 'approval' is no list of tables; write [[approval]]"]))
    lines = _Lines(text, len(entries))
    for number, entry in enumerate(entries):
        problems += [f"{name}: {lines.of(number, key)}: {problem}" for key, problem in _problems(entry)]
    if not problems:
        problems += [f"{name}: {lines.of(number, 'address')}: {each}" for number, each in _repeated(entries)]
    if problems:
        raise ApprovalError("\n".join(problems))
    return tuple(Approval(**entry) for entry in entries)


def entry(*, address: str, rule: str, value: str) -> str:
    """Return the lines of the file that approve a finding; its author replaces the reason."""
    fields = {"address": address, "rule": rule, "value": value, "reason": "FILL IN: why this is wanted"}
    return "\n".join(["[[approval]]", *(f"{key} = {_quoted(text)}" for key, text in fields.items())])


def former_file(root: Path) -> str | None:
    """Return the message about a project's former file; None if it has none."""
    return MOVED if (root / FORMER_FILE).is_file() else None


class _Lines:
    """The lines of the entries, for messages; tomllib does not report them."""

    def __init__(self, text: str, count: int) -> None:
        starts = [match.start() for match in _ENTRY.finditer(text)]
        self._text, self._starts = text, [*starts, len(text)] if len(starts) == count else None

    def of(self, number: int, key: str) -> str:
        """Return the place of a key, or of its entry if the entry has no such key."""
        if self._starts is None:  # written as an inline list
            return f"approval {number + 1}"
        start, end = self._starts[number : number + 2]
        found = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=", re.MULTILINE).search(self._text, start, end)
        return f"line {self._text.count(chr(10), 0, found.start() if found is not None else start) + 1}"


def _problems(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the key and the message of each problem of an entry."""
    for key in entry.keys() - _KEYS:
        yield key, f"unknown key {key!r}; {suggestion(key, _KEYS, label='keys')}"
    for key in _REQUIRED:
        if key not in entry:
            yield key, f"has no {key}; copy the entry from the review, which prints all of {', '.join(_REQUIRED[:3])}"
        elif not isinstance(entry[key], str) or not entry[key].strip():
            yield key, f"{key} is {entry[key]!r}; write a string that is not empty"
        else:
            yield from ((key, problem) for problem in _wrong(key, entry[key]))
    expires = entry.get("expires")
    if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
        yield "expires", f"expires is {str(expires)!r}; write a date without quotes, such as 2027-06-30"


def _wrong(key: str, value: str) -> Iterator[str]:
    if key == "address" and _ADDRESS.fullmatch(value) is None:
        yield f"address {value!r} is not a Terraform address; write one, such as aws_lb.this"
    if key == "rule" and value not in RULES:
        yield f"rule {value!r} is not a rule of this review; {suggestion(value, RULES, label='rules')}"
    if key == "value" and VALUE.fullmatch(value) is None:
        yield f"value {value!r} is not a value of a finding; copy it from the review: 16 digits of 0-9 and a-f"
    if key == "reason" and value.startswith("FILL IN"):
        yield "the reason is not filled in; write why the change is wanted"


def _repeated(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    seen = set()
    for number, each in enumerate(entries):
        bound = (each["address"], each["rule"], each["value"])
        if bound in seen:
            yield number, f"approves {each['rule']} of {each['address']} with the same value again; delete one entry"
        seen.add(bound)


def _quoted(text: str) -> str:
    """Return a TOML string without characters that are invisible or that Markdown or HTML may interpret."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character in "`<>&" or (unicodedata.category(character)[0] in "CZ" and character != " "):
        return f"\\U{ord(character):08X}"
    return character
