"""Tags of a user's own, of an environment or a deployment, and the rules for them. Pure.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from colonnade.model import aws_limits
from colonnade.model.errors import Fault

OWN = ("Project", "Environment", "Deployment", "Service", "Name")
"""The tags that Colonnade sets."""

_CHARACTERS = r"[\w +\-=.:/@]*"


def tag_faults(field: str, tags: Mapping[str, str], others: Mapping[str, str]) -> Iterator[Fault]:
    """Yield the faults of the tags of a field; `others` are tags that the same resources have."""
    most = aws_limits.TAGS_PER_RESOURCE - len(OWN)
    if len({**others, **tags}) > most:
        yield Fault(f"{field}: a resource would have {len({**others, **tags})} tags", f"use {most} or fewer")
    seen = {name.casefold(): name for name in others} | {name.casefold(): name for name in OWN}
    for key, value in tags.items():
        yield from _text_faults(f"{field} key", key, 1, aws_limits.TAG_KEY_LENGTH)
        yield from _text_faults(f"{field}.{key}", value, 0, aws_limits.TAG_VALUE_LENGTH)
        if key.lower().startswith("aws:"):
            yield Fault(f"{field} key {key!r} begins with 'aws:', which AWS reserves", "use another key")
        other = seen.setdefault(key.casefold(), key)
        if other in OWN:
            yield Fault(f"{field} key {key!r} is the key of a tag that Colonnade sets", "use another key")
        elif other != key:
            # IAM and others do not distinguish them: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
            yield Fault(f"{field} keys {other!r} and {key!r} differ only in case", "use one of them")


def _text_faults(what: str, text: str, least: int, most: int) -> Iterator[Fault]:
    if not least <= len(text) <= most:
        yield Fault(f"{what} {text!r} has {len(text)} characters", f"allowed: {least} to {most} characters")
    elif re.fullmatch(_CHARACTERS, text) is None or text != text.strip():
        fix = "use letters, digits, spaces inside and the characters + - = . _ : / @"
        yield Fault(f"{what} {text!r} is not a tag in every service of AWS", fix)
