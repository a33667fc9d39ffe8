"""The first step of the check: declarations -> shaped declarations.

Types are checked once, so that rules can rely on them. A field of a wrong type is reported here, and the rules treat it
as unknown. A rule runs only if all fields that it reads are known, so one wrong field neither hides the problem of
another field nor causes a false one. Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from colonnade.model.declared import Declared, Malformed, origin_of
from colonnade.model.declared_types import described, field_types, shown, type_faults
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.errors import Fault, Problem
from colonnade.model.service.declaration import Service

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped(Generic[T]):
    """A declaration in which every field has its declared type; an unknown field has a placeholder of that type."""

    value: T
    title: str
    """The subject of its problems: "deployment 'shop'", or of a service "deployment 'shop', service 'orders'"."""
    unknown: frozenset[str] = frozenset()
    """The fields that rules must not read; a field of a nested declaration has a dot: 'network.zones'."""
    faults: tuple[Fault, ...] = ()
    problems: tuple[Problem, ...] = ()
    """The problems of its fields' names and types, and of the declarations nested in it."""

    def knows(self, *fields: str) -> bool:
        """Return True if each field is known; for a nested field, the fields that contain it must be known too."""
        return not any(field == each or field.startswith(f"{each}.") for field in fields for each in self.unknown)

    def knows_all_of(self, field: str) -> bool:
        """Return True if a field and everything nested in it are known."""
        return self.knows(field) and not any(each.startswith(f"{field}.") for each in self.unknown)

    def of_types(self) -> Iterator[Problem]:
        """Yield every problem of its form and types."""
        yield from self.problems
        yield from (self.problem(fault) for fault in self.faults)

    def problem(self, fault: Fault) -> Problem:
        """Return the problem of this declaration with the fault."""
        return Problem(subject=self.title, message=fault.message, fix=fault.fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapedDeployment(Shaped[Deployment]):
    """A deployment and its services, each with the fields that have the right type."""

    services: tuple[Shaped[Service], ...]

    @property
    def complete(self) -> bool:
        """True if the names of all services are known, so that any other name is wrong."""
        return self.knows("services") and all(service.knows("name") for service in self.services)

    @property
    def names(self) -> tuple[str, ...]:
        """The services' known names, in declared order."""
        return tuple(service.value.name for service in self.services if service.knows("name"))

    @property
    def forwarded(self) -> tuple[Service, ...]:
        """The services that the load balancer forwards to, if the name and the path prefix or default action are
        known."""
        default_known = self.knows("default_action.service")
        return tuple(
            each
            for each in self.services_with("name", "path_prefix")
            if each.path_prefix is not None or (default_known and self.value.forwards_to(each))
        )

    def services_with(self, *fields: str) -> tuple[Service, ...]:
        """Return the services for which these fields are known."""
        return tuple(service.value for service in self.services if service.knows(*fields))

    def problem_of(self, service: str, fault: Fault) -> Problem:
        """Return the problem of the service of this name, which must be in `names`."""
        named = next(each for each in self.services if each.knows("name") and each.value.name == service)
        return named.problem(fault)


def shape_deployment(declared: Deployment | Malformed) -> ShapedDeployment:
    """Check every type of a deployment and its services; return its shape with the problems found."""
    reading = _Reading(Deployment, declared, separate=frozenset({"services"}))
    found = reading.arguments.get("services", ())
    items = found if isinstance(found, tuple | list) else (found,)
    title = _title("deployment", reading.arguments, declared)
    services = tuple(_shaped_service(item, title) for item in items if _declares(item, Service))
    value = dataclasses.replace(reading.made(), services=tuple(service.value for service in services))
    whole = not reading.unknown and not reading.problems and isinstance(declared, Deployment)
    whole = whole and all(not service.unknown for service in services)
    return ShapedDeployment(
        value=declared if whole and isinstance(declared, Deployment) else value,
        title=title,
        unknown=frozenset(reading.unknown),
        faults=tuple(reading.faults),
        problems=tuple(reading.problems),
        services=services,
    )


def _shaped_service(declared: Service | Malformed, deployment: str) -> Shaped[Service]:
    reading = _Reading(Service, declared)
    return Shaped(
        value=reading.made() if reading.changed or isinstance(declared, Malformed) else declared,
        title=f"{deployment}, {_title('service', reading.arguments, declared)}",
        unknown=frozenset(reading.unknown),
        faults=tuple(reading.faults),
        problems=tuple(reading.problems),
    )


def _title(kind: str, arguments: Mapping[str, Any], declared: Any) -> str:
    if "name" in arguments:
        return f"{kind} {arguments['name']!r}"
    return f"{kind} at {declared.place}"


class _Reading:
    """One pass over the fields of a declaration: collects values of the declared types, and faults of the others.

    The items of the `separate` fields are read by the caller.
    """

    def __init__(
        self, declaration: type, declared: Any, path: str = "", *, separate: frozenset[str] = frozenset()
    ) -> None:
        self.declaration = declaration
        self._separate = separate
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

    @property
    def changed(self) -> bool:
        """True if the result differs from the declaration: a value is unknown, or a nested declaration is malformed."""
        return bool(self.unknown or self.problems)

    def made(self) -> Any:
        """Return the declaration with a placeholder in each field whose value is unknown."""
        return self.declaration(**self._values)

    def _read(self, dotted: str, name: str, annotation: Any, value: Any) -> None:
        declaration = value.declaration if isinstance(value, Malformed) else type(value)
        item = _declared_item(annotation)
        if item is not None:
            self._read_items(dotted, name, item, annotation, value)
        elif _is_declared(declaration, annotation):
            self._values[name] = self._nested(declaration, value, dotted)
        elif _holds_declarations(annotation) and isinstance(value, Mapping):
            self._read_entries(dotted, name, get_args(annotation)[1], value)
        elif isinstance(value, Malformed):
            self.problems += value.problems()
            fix = f"write {described(annotation)}"
            self.faults.append(Fault(f"{dotted} is a {declaration.__name__}, not {described(annotation)}", fix))
            self._forget(dotted, name, annotation)
        else:
            faults = list(type_faults(dotted, annotation, value))
            self._values[name] = value
            if faults:
                self.faults += faults
                self._forget(dotted, name, annotation)

    def _read_items(self, dotted: str, name: str, item: type, annotation: Any, value: Any) -> None:
        """Read a tuple of declarations; also accept, with a fault, a list or a single item with its comma missing."""
        items: Sequence[Any] = value if isinstance(value, tuple | list) else (value,)
        meant = [each for each in items if _declares(each, item)]
        if not isinstance(value, tuple):
            single = meant[0] if isinstance(value, Malformed) and meant else value
            self.faults += type_faults(dotted, annotation, _named(single, item))
        for position, each in enumerate(items):
            if not _declares(each, item) and isinstance(value, tuple | list):
                message = f"{dotted}[{position}] {shown(each)} is not {described(item)}"
                self.faults.append(Fault(message, f"write {described(item)}"))
        if len(meant) < len(items):
            self.unknown.add(dotted)
        read = [] if name in self._separate else enumerate(meant)
        self._values[name] = tuple(self._nested(item, each, f"{dotted}[{position}]") for position, each in read)

    def _read_entries(self, dotted: str, name: str, annotation: Any, value: Mapping[Any, Any]) -> None:
        """Read a table of declarations; leave out entries of other types, with a fault."""
        found = {}
        for key, each in value.items():
            declaration = each.declaration if isinstance(each, Malformed) else type(each)
            if _is_declared(declaration, annotation):
                found[key] = self._nested(declaration, each, f"{dotted}.{key}")
            else:
                fix = f"write {described(annotation)}"
                self.faults.append(Fault(f"{dotted}.{key} {shown(each)} is not {described(annotation)}", fix))
                self.unknown.add(dotted)
        self._values[name] = found

    def _nested(self, declaration: type, value: Any, dotted: str) -> Any:
        """Read a nested declaration; return it, with a placeholder in each field whose value is unknown."""
        nested = _Reading(declaration, value, f"{dotted}.")
        self.faults += nested.faults
        self.problems += nested.problems
        self.unknown |= nested.unknown
        return nested.made() if nested.changed or isinstance(value, Malformed) else value

    def _forget(self, dotted: str, name: str, annotation: Any) -> None:
        self.unknown.add(dotted)
        self._values[name] = _placeholder(annotation)


def _declares(value: Any, declaration: type) -> bool:
    return isinstance(value, declaration) or (isinstance(value, Malformed) and value.declaration is declaration)


def _is_declared(declaration: type, annotation: Any) -> bool:
    return declaration in _members(annotation) and issubclass(declaration, Declared)


def _holds_declarations(annotation: Any) -> bool:
    """Return True for a table whose values are declarations."""
    arguments = get_args(annotation)
    return get_origin(annotation) is Mapping and any(
        isinstance(each, type) and issubclass(each, Declared) for each in _members(arguments[1])
    )


def _named(value: Any, item: type) -> Any:
    """Return a malformed item with placeholders for its unknown fields, so that only the missing comma is reported."""
    return _Reading(item, value).made() if isinstance(value, Malformed) else value


def _members(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)


def _declared_item(annotation: Any) -> type | None:
    """Return the declaration class of a tuple's items; None for another annotation."""
    item = get_args(annotation)[0] if get_origin(annotation) is tuple else None
    return item if isinstance(item, type) and issubclass(item, Declared) else None


def _placeholder(annotation: Any) -> Any:
    """Return a value of the type for an unknown field; no rule reads it."""
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
    """Return the place of a declaration, such as 'deployments/shop.py:12'; None if it is not recorded."""
    if isinstance(declared, Malformed):
        return declared.place
    origin = origin_of(declared)
    return origin.place if origin is not None else None
