"""The base class of everything that a deployment file declares; it records the file and line of the declaration.

A declaration with a misspelt, missing or positional field becomes a `Malformed`, which holds the fields that could be
recognized. Python can then read the rest of the file, and the check reports these problems with all others.
"""

from __future__ import annotations

import dataclasses
import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from colonnade.model.errors import Fault, Problem, suggestion


class Origin(NamedTuple):
    """The place where a value was declared, and the fields that were written there."""

    place: str
    """File and line, from the project's root: 'deployments/shop.py:12'."""
    given: frozenset[str]

    @property
    def file(self) -> str:
        """The file without the line."""
        return self.place.rpartition(":")[0]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A declaration with invalid fields, in place of its value."""

    declaration: type
    """The type of the declaration."""
    arguments: Mapping[str, Any]
    """The given values by field. A positional or misspelt argument belongs to the field that was most likely meant."""
    missing: frozenset[str]
    """The fields without a default and without a value."""
    faults: tuple[Fault, ...]
    place: str
    """File and line, from the project's root."""

    def problems(self) -> Iterator[Problem]:
        """Yield each problem of the declaration's form."""
        return (Problem(subject=self.place, message=fault.message, fix=fault.fix) for fault in self.faults)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A deployment file that could not be read, in place of its deployment."""

    problems: tuple[Problem, ...]


if TYPE_CHECKING:

    class Declared:
        """The base class of the types that a deployment file declares."""

        __slots__ = ()

else:

    class _Recording(type):
        """Create a declaration, or a `Malformed` if the arguments do not match the fields."""

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            frame = sys._getframe(1)
            replaced = frame.f_globals.get("__name__") == "dataclasses"
            while frame.f_back is not None and frame.f_globals.get("__name__") == "dataclasses":
                frame = frame.f_back
            place = _place(frame.f_globals, frame.f_lineno)
            positional = _positional(cls)
            if len(args) > len(positional) or not kwargs.keys().isdisjoint(positional[: len(args)]):
                return _malformed(cls, args, kwargs, place)
            kwargs = {**dict(zip(positional, args, strict=False)), **kwargs}
            if not _takes(cls, kwargs):
                return _malformed(cls, (), kwargs, place)
            made = super().__call__(**kwargs)
            given = frozenset(_changed(made) if replaced else kwargs)
            object.__setattr__(made, "_origin", Origin(place=place, given=given))
            return made

    class Declared(metaclass=_Recording):
        """The base class of the types that a deployment file declares."""

        __slots__ = ("_origin",)
        _origin: ClassVar


D = TypeVar("D", bound=Declared)


def fields_in_order(declaration: type) -> list[dataclasses.Field[Any]]:
    """Return the fields of a declaration: first its own, then those inherited from a base class."""
    return sorted(dataclasses.fields(declaration), key=lambda field: field.name not in declaration.__annotations__)


def origin_of(declared: Any) -> Origin | None:
    """Return the place where a value was declared; None for a copy without a recorded place."""
    return getattr(declared, "_origin", None)


def copied(declared: D, **values: Any) -> D:
    """Return the declaration with other values and the same origin."""
    made = dataclasses.replace(declared, **values)  # type: ignore[type-var]
    object.__setattr__(made, "_origin", origin_of(declared))
    return made


def _place(names: Mapping[str, Any], line: int) -> str:
    """Return the place in a module, from its dotted name, so that messages do not depend on the machine's paths."""
    return f"{str(names.get('__name__', 'unknown')).replace('.', '/')}.py:{line}"


def _positional(declaration: type) -> tuple[str, ...]:
    """Return the fields that may be given without their names."""
    return tuple(field.name for field in dataclasses.fields(declaration) if not field.kw_only)


def _takes(declaration: type, arguments: Mapping[str, Any]) -> bool:
    fields = dataclasses.fields(declaration)
    names = {field.name for field in fields}
    return arguments.keys() <= names and all(field.name in arguments for field in fields if not _has_default(field))


def _changed(made: Any) -> Iterator[str]:
    return (field.name for field in dataclasses.fields(made) if getattr(made, field.name) != _default_or_nothing(field))


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _default_or_nothing(field: dataclasses.Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default


def _malformed(declaration: type, args: Sequence[Any], kwargs: Mapping[str, Any], place: str) -> Malformed:
    fields = {field.name: field for field in fields_in_order(declaration)}
    arguments = {name: value for name, value in kwargs.items() if name in fields}
    faults: list[Fault] = []
    for name, value in zip(fields, args, strict=False):
        faults.append(
            Fault(f"{declaration.__name__} takes {name} as a keyword argument", f"write {name}={_shown(value)}")
        )
        arguments.setdefault(name, value)
    if len(args) > len(fields):
        faults.append(Fault(f"{declaration.__name__} has only {len(fields)} fields", "remove the extra values"))
    for name in kwargs.keys() - fields.keys():
        fix = suggestion(name, fields, label="fields", taken=arguments)
        faults.append(Fault(f"{declaration.__name__} has no field {name!r}", fix))
        for meant in difflib.get_close_matches(name, fields.keys() - arguments.keys(), n=1):
            arguments[meant] = kwargs[name]
    missing = [name for name, field in fields.items() if name not in arguments and not _has_default(field)]
    faults += (Fault(f"{declaration.__name__} has no {name}", f"add {name}=…") for name in missing)
    return Malformed(
        declaration=declaration, arguments=arguments, missing=frozenset(missing), faults=tuple(faults), place=place
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else "…"
