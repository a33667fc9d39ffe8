"""Values of arguments: literals and `${...}` expressions, with unknown values of attributes that AWS assigns later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

REFERENCE = re.compile(r"\b((?:data\.)?aws_\w+\.[\w-]+)\.(\w+)")
"""A reference to an attribute: the address of a resource or data source, and the attribute."""
_INTERPOLATION = re.compile(r"\$\{([^{}]*)\}")
_INDEX = re.compile(r"(.+)\[(\d+)\]")
_LIST = re.compile(r"tolist\((.+)\)")
# The two forms with which a record of a certificate's validation finds its option.
_FIRST_OPTION = re.compile(r"tolist\((\S+)\.domain_validation_options\)\.0\.(\w+)")
_OPTION_OF = re.compile(
    r"one\(\[for each in (\S+)\.domain_validation_options : each\.(\w+) if each\.domain_name == \"([^\"]+)\"\]\)"
)

Lookup = Callable[[str, str], Any]
"""Returns an attribute's value by address and name."""


class _Unknown:
    def __repr__(self) -> str:
        return "(known after apply)"


UNKNOWN: Final = _Unknown()
"""The value of an attribute that is known only after the apply."""


def evaluated(value: Any, lookup: Lookup) -> Any:
    """Return a value of the configuration with each expression replaced by its value."""
    if isinstance(value, Mapping):
        return {key: evaluated(each, lookup) for key, each in value.items()}
    if isinstance(value, list):
        return [evaluated(each, lookup) for each in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = _INTERPOLATION.fullmatch(value)
    if whole is not None:
        return _expression(whole[1], lookup)
    return _template(value, lookup)


def _template(text: str, lookup: Lookup) -> Any:
    values = [_expression(match[1], lookup) for match in _INTERPOLATION.finditer(text.replace("$${", "$\0{"))]
    if UNKNOWN in values:
        return UNKNOWN
    found = iter(values)
    return _INTERPOLATION.sub(lambda _: str(next(found)), text.replace("$${", "$\0{")).replace("$\0{", "${")


def _expression(text: str, lookup: Lookup) -> Any:
    for form in (_FIRST_OPTION, _OPTION_OF):
        option = form.fullmatch(text)
        if option is not None:
            options = lookup(option[1], "domain_validation_options")
            domain = option[3] if form is _OPTION_OF else None
            return _option(options, option[2], domain)
    index, listed = _INDEX.fullmatch(text), _LIST.fullmatch(text)
    if index is not None:
        values = _expression(index[1], lookup)
        return UNKNOWN if values is UNKNOWN else values[int(index[2])]
    if listed is not None:
        return _expression(listed[1], lookup)
    reference = REFERENCE.fullmatch(text)
    if reference is None:
        raise ValueError(f"the planner does not evaluate the expression {text!r}")
    return lookup(reference[1], reference[2])


def _option(options: Any, attribute: str, domain: str | None) -> Any:
    if options is UNKNOWN:
        return UNKNOWN
    return next(each[attribute] for each in options if domain in (None, each["domain_name"]))


def references(value: Any) -> Iterator[str]:
    """Yield what an expression refers to as `terraform show` lists it: each attribute, then its resource."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, str) and "${" in value:
        for address, attribute in REFERENCE.findall(value):
            yield f"{address}.{attribute}"
            yield address


def unknown_in(value: Any) -> bool:
    """Return True if any part of a value is unknown."""
    if isinstance(value, Mapping):
        return any(unknown_in(each) for each in value.values())
    return any(unknown_in(each) for each in value) if isinstance(value, list) else value is UNKNOWN


def known_part(value: Any) -> Any:
    """Return a value as `after` has it: without unknown attributes, and with null for unknown elements of lists."""
    if isinstance(value, Mapping):
        return {key: known_part(each) for key, each in value.items() if each is not UNKNOWN}
    return [known_part(each) for each in value] if isinstance(value, list) else None if value is UNKNOWN else value


def unknown_part(value: Any) -> Any:
    """Return a value as `after_unknown` has it: true in place of unknown values."""
    if isinstance(value, Mapping):
        parts = {key: unknown_part(each) for key, each in value.items()}
        return {key: each for key, each in parts.items() if each is not False}
    return [unknown_part(each) for each in value] if isinstance(value, list) else value is UNKNOWN
