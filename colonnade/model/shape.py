"""The door of the model: what was declared -> its shape, types checked once, so that rules run on known types.

A field of a wrong type is reported here and is unknown from then on: a rule runs where all that it reads is known, so
one wrong field neither hides another's problem nor causes a false one. Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from colonnade.model.declared import Declared, Malformed, origin_of
from colonnade.model.declared_types import described, field_types, type_fault
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.errors import Fault, Problem
from colonnade.model.service.declaration import Service

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped(Generic[T]):
    """A declaration whose every field has its declared type; the unknown ones hold a placeholder of that type."""

    value: T
    title: str
    """How problems name it: "service 'orders'"."""
    unknown: frozenset[str] = frozenset()
    """The fields that nothing may be concluded from, those of nested declarations with a dot: 'network.zones'."""
    faults: tuple[Fault, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What is wrong with how it, or a declaration inside of it, was written."""

    def knows(self, *fields: str) -> bool:
        """Return whether each field has the value that was meant; a nested one needs what holds it."""
        return not any(field == each or field.startswith(f"{each}.") for field in fields for each in self.unknown)

    def knows_all_of(self, field: str) -> bool:
        """Return whether a field and all that is nested in it are known."""
        return self.knows(field) and not any(each.startswith(f"{field}.") for each in self.unknown)

    def of_types(self) -> Iterator[Problem]:
        """Every problem of its shape."""
        yield from self.problems
        yield from (self.problem(fault) for fault in self.faults)

    def problem(self, fault: Fault) -> Problem:
        """The problem that a fault is in this declaration."""
        return Problem(subject=self.title, message=fault.message, fix=fault.fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapedDeployment(Shaped[Deployment]):
    """A deployment and its services, each shaped."""

    services: tuple[Shaped[Service], ...]

    @property
    def complete(self) -> bool:
        """Whether the names of all services are known, so that another name is a wrong one."""
        return self.knows("services") and all(service.knows("name") for service in self.services)

    @property
    def names(self) -> tuple[str, ...]:
        """The services' known names, in declared order."""
        return tuple(service.value.name for service in self.services if service.knows("name"))

    def services_with(self, *fields: str) -> tuple[Service, ...]:
        """The services of which these fields are known."""
        return tuple(service.value for service in self.services if service.knows(*fields))


def shape_deployment(declared: Deployment | Malformed) -> ShapedDeployment:
    """Check every type of a deployment and its services."""
    reading = _Reading(Deployment, declared)
    found = reading.arguments.get("services", ())
    items = found if isinstance(found, tuple | list) else (found,)
    services = tuple(_shaped_service(item) for item in items if _declares(item, Service))
    value = dataclasses.replace(reading.made(), services=tuple(service.value for service in services))
    whole = not reading.unknown and not reading.problems and isinstance(declared, Deployment)
    whole = whole and all(not service.unknown for service in services)
    return ShapedDeployment(
        value=declared if whole and isinstance(declared, Deployment) else value,
        title=_title("deployment", reading.arguments, declared),
        unknown=frozenset(reading.unknown),
        faults=tuple(reading.faults),
        problems=tuple(reading.problems),
        services=services,
    )


def _shaped_service(declared: Service | Malformed) -> Shaped[Service]:
    reading = _Reading(Service, declared)
    return Shaped(
        value=reading.made() if reading.unknown or isinstance(declared, Malformed) else declared,
        title=_title("service", reading.arguments, declared),
        unknown=frozenset(reading.unknown),
        faults=tuple(reading.faults),
        problems=tuple(reading.problems),
    )


def _title(kind: str, arguments: Mapping[str, Any], declared: Any) -> str:
    if "name" in arguments:
        return f"{kind} {arguments['name']!r}"
    return f"{kind} at {declared.place}"


class _Reading:
    """One pass over the fields of a declaration: values of the declared types, and what is wrong with the others."""

    def __init__(self, declaration: type, declared: Any, path: str = "") -> None:
        self.declaration = declaration
        self.faults: list[Fault] = []
        self.problems: list[Problem] = []
        self.unknown: set[str] = set()
        missing: frozenset[str] = frozenset()
        if isinstance(declared, Malformed):
            self.problems += declared.problems()
            self.arguments, missing = declared.arguments, declared.missing
        else:
            self.arguments = {name: getattr(declared, name) for name in field_types(declaration)}
        self._values: dict[str, Any] = {}
        for name, annotation in field_types(declaration).items():
            if name in missing:
                self._forget(f"{path}{name}", name, annotation)
            elif name in self.arguments:
                self._read(f"{path}{name}", name, annotation, self.arguments[name])

    def made(self) -> Any:
        """The declaration with a placeholder in each unknown field."""
        return self.declaration(**self._values)

    def _read(self, dotted: str, name: str, annotation: Any, value: Any) -> None:
        declaration = value.declaration if isinstance(value, Malformed) else type(value)
        item = _declared_item(annotation)
        if item is not None:
            self._read_items(dotted, name, item, annotation, value)
        elif declaration in _members(annotation) and issubclass(declaration, Declared):
            nested = _Reading(declaration, value, f"{dotted}.")
            self._take(nested)
            self._values[name] = nested.made() if nested.unknown or isinstance(value, Malformed) else value
        elif isinstance(value, Malformed):
            self.problems += value.problems()
            fix = f"write {described(annotation)}"
            self.faults.append(Fault(f"{dotted} is a {declaration.__name__}, not {described(annotation)}", fix))
            self._forget(dotted, name, annotation)
        else:
            fault = type_fault(dotted, annotation, value)
            self._values[name] = value
            if fault is not None:
                self.faults.append(fault)
                self._forget(dotted, name, annotation)

    def _read_items(self, dotted: str, name: str, item: type, annotation: Any, value: Any) -> None:
        """Reads a tuple of declarations; one without its comma, or a list, still says what is meant."""
        self._values[name] = ()
        items: Sequence[Any] = value if isinstance(value, tuple | list) else (value,)
        meant = [each for each in items if _declares(each, item)]
        if not isinstance(value, tuple):
            shown = meant[0] if isinstance(value, Malformed) and meant else value
            fault = type_fault(dotted, annotation, _named(shown, item))
            self.faults += [fault] if fault is not None else []
        for position, each in enumerate(items):
            if not _declares(each, item) and isinstance(value, tuple | list):
                message = f"{dotted}[{position}] {_shown(each)} is not {described(item)}"
                self.faults.append(Fault(message, f"write {described(item)}"))
        if len(meant) < len(items):
            self.unknown.add(dotted)

    def _take(self, nested: _Reading) -> None:
        self.faults += nested.faults
        self.problems += nested.problems
        self.unknown |= nested.unknown

    def _forget(self, dotted: str, name: str, annotation: Any) -> None:
        self.unknown.add(dotted)
        self._values[name] = _placeholder(annotation)


def _declares(value: Any, declaration: type) -> bool:
    return isinstance(value, declaration) or (isinstance(value, Malformed) and value.declaration is declaration)


def _named(value: Any, item: type) -> Any:
    """A malformed item as a finished one, as only the comma is at issue."""
    return _Reading(item, value).made() if isinstance(value, Malformed) else value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _members(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)


def _declared_item(annotation: Any) -> type | None:
    """The declaration that each item of a tuple is, or None for another annotation."""
    item = get_args(annotation)[0] if get_origin(annotation) is tuple else None
    return item if isinstance(item, type) and issubclass(item, Declared) else None


def _placeholder(annotation: Any) -> Any:
    """A value of the type, from which nothing is concluded."""
    members = _members(annotation)
    origin = get_origin(members[0])
    if NoneType in members:
        return None
    if origin is Literal:
        return get_args(members[0])[0]
    if origin is not None:
        return () if origin is tuple else {}
    made: Any = members[0]
    if issubclass(made, Declared):
        return made(**{name: _placeholder(inner) for name, inner in field_types(made).items()})
    return made()


def place_of(declared: Any) -> str | None:
    """Return where something was declared, as 'deployments/shop.py:12'."""
    if isinstance(declared, Malformed):
        return declared.place
    origin = origin_of(declared)
    return origin.place if origin is not None else None
