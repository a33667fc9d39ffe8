"""The JSON document in the output of `terraform show -json`, as files and pipes have it.

bytes -> any Unicode encoding -> text -> the one JSON document, without the lines that a CI wrapper prints around it
"""

from __future__ import annotations

import json
import re
from typing import Any

from colonnade.review.errors import PlanError

_SAVED_PLAN = b"PK\x03\x04"
"""The first bytes of a saved plan, which is a ZIP archive."""
_SHOW = "`terraform show -json saved.plan`"
_OBJECT = re.compile(r"^[ \t]*(?=\{)", re.MULTILINE)
_WRAPPER = re.compile(r"^(\[command\]|::[a-z-]+)", re.MULTILINE)
"""The lines that GitHub's runner and the wrapper of hashicorp/setup-terraform print."""
_HUMAN_PLAN = re.compile(r"^(Terraform|OpenTofu) will perform the following actions|^Plan: \d+ to ", re.MULTILINE)


def is_saved_plan(content: bytes) -> bool:
    """Return whether a file that begins with these bytes is a saved plan."""
    return content.startswith(_SAVED_PLAN)


def decoded(content: bytes) -> str:
    """Return text in UTF-8, UTF-16 or UTF-32, with or without a byte order mark. Raise PlanError for other content.

    PowerShell writes a byte order mark, and UTF-16 before version 6.
    """
    if is_saved_plan(content):
        raise PlanError(f"is a saved plan, not its JSON; add `--stack FOLDER`, its initialized folder, or give {_SHOW}")
    try:
        return content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise PlanError("is not text in UTF-8 or UTF-16") from error


def parsed(text: str) -> Any:
    """Return the JSON document in the text. Raise PlanError if there is none, more than one, or an incomplete one."""
    if not text.strip():
        raise PlanError(f"is empty; check that {_SHOW} succeeded")
    try:
        try:
            return _DECODER.decode(text)
        except ValueError as error:
            return _embedded(text, error)
    except RecursionError as error:
        raise PlanError("is nested too deeply for a plan") from error


def _embedded(text: str, error: ValueError) -> Any:
    """Return the one JSON object that begins a line; the text before and after it is not part of the plan."""
    start = _OBJECT.search(text)
    if start is None:
        raise PlanError(_cure(text)) from error
    try:
        document, end = _DECODER.raw_decode(text, start.end())
    except ValueError as inner:
        raise PlanError(_incomplete(text, inner)) from inner
    if _OBJECT.search(text, end) is None:
        return document
    if isinstance(document, dict) and "@level" in document:
        raise PlanError(f"is the log of `terraform plan -json`, not a plan; add `-out saved.plan` and give {_SHOW}")
    raise PlanError("has more than one JSON document; give one plan")


def _cure(text: str) -> str:
    if _WRAPPER.search(text):
        return (
            "is not JSON: it has the text of a CI wrapper and no plan; set `terraform_wrapper: false` for "
            "hashicorp/setup-terraform"
        )
    if _HUMAN_PLAN.search(text):
        return f"is not JSON but a plan for people; give the output of {_SHOW}"
    return f"is not JSON; give the output of {_SHOW}"


def _incomplete(text: str, error: ValueError) -> str:
    place = f"{error.msg} at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else str(error)
    if _WRAPPER.search(text):
        return (
            f"is not JSON ({place}): a CI wrapper printed text into it; set `terraform_wrapper: false` for "
            "hashicorp/setup-terraform"
        )
    return f"is not JSON ({place}): it is cut off or mixed with other output, such as that of `2>&1`"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
