"""The tag under which a person finds an AWS object in the console; all other tags are the provider's default tags."""

from __future__ import annotations


def name_tag(name: str) -> dict[str, str]:
    """`Name`, the tag that the console shows as an object's name."""
    return {"Name": name}
