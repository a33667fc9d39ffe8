"""The exception for wrong input, and the format of its message.

A rule returns a `Fault`. A `Problem` is a `Fault` together with its subject, such as the name of a service.
`ConfigurationError` contains all problems, so that one run shows them all.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One broken rule. `str()` gives two lines: `subject: message`, then the fix, indented by four spaces.

    Both lines are printable: line breaks and control characters of a declared name are escaped.
    """

    subject: str
    """The thing that breaks the rule, in the words of the declaration: "deployment 'shop', service 'orders'"."""
    message: str
    """The field, its value and the broken rule."""
    fix: str
    """The text to write instead."""

    def __str__(self) -> str:
        return f"{escaped(self.subject)}: {Fault(self.message, self.fix)}"


class Fault(NamedTuple):
    """A broken rule, without the name of what broke it. `str()` gives the message and the fix, as for a `Problem`."""

    message: str
    fix: str

    def __str__(self) -> str:
        return f"{escaped(self.message)}\n    {escaped(self.fix)}"

    def of(self, kind: str, name: object) -> Problem:
        """Return the problem that assigns this fault to a named thing: `of("service", "orders")`."""
        return Problem(subject=f"{kind} {name!r}", message=self.message, fix=self.fix)


class ConfigurationError(ColonnadeError):
    """Wrong input, refused before any construct is created.

    `problems` contains every problem once, in input order.
    """

    exit_status = ExitStatus.WRONG_INPUT

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def escaped(text: str) -> str:
    """Return the text with an escape sequence, such as `\\n`, for each character that is not printable."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def out_of_range(field: str, value: int, least: int, most: int, *, note: str = "") -> Fault:
    """Return the fault of a number that is less than `least` or more than `most`; `note` follows the allowed range."""
    return Fault(f"{field} {value} is out of range", f"allowed: {least} to {most}{note}")


def unknown_key(key: str, fix: str) -> Fault:
    """Return the fault of a key that a document must not have."""
    return Fault(f"unknown key {key!r}", fix)


def unknown(kind: str, name: str, known: Iterable[str], *, label: str) -> Problem:
    """Return the problem of a name that is not among the known ones; `label` precedes their list in the fix."""
    return Problem(
        subject=f"{kind} {name!r}", message=f"there is no such {kind}", fix=suggestion(name, known, label=label)
    )


def ambiguous_service(name: str, whole: Iterable[str]) -> Problem:
    """Return the problem of a service's name that several deployments have; `whole` are the names to write instead."""
    return Problem(
        subject=f"service {name!r}",
        message="several deployments have a service of this name",
        fix=f"write one of: {', '.join(sorted(whole))}",
    )


def suggestion(word: str, known: Iterable[str], *, label: str, taken: Iterable[str] = ()) -> str:
    """Return the fix for an unknown word: "did you mean 'orders'? declared: inventory, orders, users".

    `taken`: known words that are not suggested, because they are in use already.
    """
    words = sorted(set(known))
    close = closest(word, set(words) - set(taken))
    listing = f"{label}: {', '.join(words) if words else 'none'}"
    return f"did you mean {close!r}? {listing}" if close is not None else listing


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant by `word`; None if no word is close to it."""
    found = difflib.get_close_matches(word, sorted(known), n=1)
    return found[0] if found else None
