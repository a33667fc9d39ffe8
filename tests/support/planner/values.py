"""The values of all resources on both sides of a plan.

configuration -> state: every attribute has a value, as after an apply
state + configuration -> planned values: attributes of new objects are unknown
"""

from __future__ import annotations

import functools
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from tests.support.planner.configuration import Configuration, Resource
from tests.support.planner.expressions import evaluated
from tests.support.planner.resource_types import ResourceType, data_source_type, resource_type

Values = Mapping[str, Any]


class State:
    """The state after an apply of a configuration. Equal configurations have equal states."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._values: dict[str, Values] = {}

    @functools.cached_property
    def values(self) -> Mapping[str, Values]:
        """The attributes of every resource and data source, by address."""
        return {address: self.of(address) for address in self.configuration.resources}

    def of(self, address: str) -> Values:
        """Return the attributes of one resource or data source."""
        if address not in self._values:
            resource = self.configuration.resources[address]
            arguments = evaluated(resource.arguments, lambda other, name: self.of(other)[name])
            self._values[address] = applied(resource, arguments, self.configuration)
        return self._values[address]


def type_of(resource: Resource) -> ResourceType:
    """Return the type in the table."""
    return (data_source_type if resource.mode == "data" else resource_type)(resource.type)


def configured(resource: Resource, arguments: Values, configuration: Configuration) -> dict[str, Any]:
    """Return the evaluated arguments with the tags of the provider and the values of arguments that are left out."""
    type_ = type_of(resource)
    values = type_.shape.completed(arguments)
    if resource.type == "aws_acm_certificate" and resource.mode == "managed":  # its source adds the domain's own name
        names = {*(values["subject_alternative_names"] or ()), values["domain_name"]}
        values["subject_alternative_names"] = sorted(names)
    if resource.type == "aws_route53_record" and isinstance(values["name"], str):
        values["name"] = values["name"].removesuffix(".")  # `normalizeNameIntoAttribute` in the type's source
    if resource.mode == "managed" and type_.tagged:
        values["tags_all"] = {**default_tags(configuration, resource), **arguments.get("tags", {})}
    return values


def default_tags(configuration: Configuration, resource: Resource) -> Mapping[str, str]:
    """Return the tags that the provider adds to the resource's own."""
    tags: Mapping[str, str] = _provider(configuration, resource).get("default_tags", [{}])[0].get("tags", {})
    return tags


def applied(resource: Resource, arguments: Values, configuration: Configuration) -> Values:
    """Return every attribute of an object that was created with these arguments."""
    values = configured(resource, arguments, configuration)
    values |= {
        "region": _provider(configuration, resource)["region"],
        "account": configuration.providers[0]["allowed_account_ids"][0],
    }
    values |= _digits(resource.address)
    given = set(values)
    for name, template in type_of(resource).assigned.items():
        values.setdefault(name, _filled(template, values))
    if resource.type == "aws_acm_certificate" and resource.mode == "managed":
        values["domain_validation_options"] = _validation_options(values)
    helpers = given - configured(resource, arguments, configuration).keys()
    return {name: value for name, value in values.items() if name not in helpers}


def _filled(template: Any, values: Values) -> Any:
    if isinstance(template, list):
        return [_filled(each, values) for each in template]
    return template.format_map(values) if isinstance(template, str) else template


def _digits(address: str) -> dict[str, str]:
    """Return the digits of the resource's identifiers, which follow from its address."""
    digits = hashlib.sha256(address.encode()).hexdigest()
    return {"id17": digits[:17], "id16": digits[:16], "uuid": str(uuid.UUID(digits[:32]))}


def _validation_options(certificate: Values) -> list[dict[str, str]]:
    """Return one option for each name; a wildcard has the same record as its domain."""
    names = dict.fromkeys([certificate["domain_name"], *certificate.get("subject_alternative_names", [])])
    return [
        {
            "domain_name": name,
            "resource_record_name": f"_{certificate['arn'][-12:]}.{name.removeprefix('*.')}.",
            "resource_record_type": "CNAME",
            "resource_record_value": f"_{certificate['arn'][-12:]}.acm-validations.aws.",
        }
        for name in names
    ]


def _provider(configuration: Configuration, resource: Resource) -> Mapping[str, Any]:
    _, _, alias = resource.provider.partition(".")
    return next(each for each in configuration.providers if each.get("alias", "") == alias)
