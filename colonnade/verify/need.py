"""One thing that must exist before an apply, and the result of its check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from colonnade.model.errors import Fault, Problem, escaped
from colonnade.model.resolved import Resolved
from colonnade.verify.reader import NotCheckedError, Reader

_WIDTH = len("not checked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A thing that must exist before an apply."""

    subject: str
    """The thing and the services that need it: "secret 'shop/payment' (orders)"."""
    faults: Callable[[Reader], Iterable[Fault]]
    """The function that reads the thing and yields its faults; it may raise NotCheckedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of one check. A thing with faults may be only partly checked."""

    subject: str
    faults: tuple[Fault, ...]
    unchecked: str | None
    """The reason why the thing was not checked; None if it was."""

    def __str__(self) -> str:
        if not self.faults and self.unchecked is None:
            return f"{'ok':<{_WIDTH}}  {escaped(self.subject)}"
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for fault in self.faults:
            problem = Problem(subject=self.subject, message=fault.message, fix=fault.fix)
            yield f"{'problem':<{_WIDTH}}  {problem}"
        if self.unchecked is not None:
            yield f"{'not checked':<{_WIDTH}}  {escaped(f'{self.subject}: {self.unchecked}')}"


def check(need: Need, reader: Reader) -> Result:
    """Return the result of one need; raises an exception of botocore if AWS cannot be read."""
    found: list[Fault] = []
    unchecked = None
    try:
        found.extend(need.faults(reader))
    except NotCheckedError as error:
        unchecked = str(error)
    return Result(subject=need.subject, faults=tuple(found), unchecked=unchecked)


def missing(where: str, fix: str) -> Fault:
    """Return the fault of a thing that does not exist there."""
    return Fault(f"it does not exist in {where}", fix)


def place(deployment: Resolved) -> str:
    """Return the account and the region of a deployment, as `missing` needs them."""
    return f"account {deployment.account_id}, region {deployment.region}"
