"""The pattern language of listener rules and of IAM policies, as AWS defines it.

In a pattern `*` matches zero or more characters of any kind, including `/`, and `?` matches exactly one. All other
characters match themselves. This module is written from AWS's documentation and shares no code with `colonnade.model`,
so that an error there is not repeated here.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations


def path_matches(pattern: str, path: str) -> bool:
    """Return True if the path matches, case-sensitive; without its query, with its percent-encoding as sent."""
    return matches(pattern, path)


def host_matches(pattern: str, host: str) -> bool:
    """Return True if the host name without its port matches, case-insensitive."""
    return matches(pattern.lower(), host.lower())


def matches(pattern: str, value: str) -> bool:
    """Return True if the value matches, case-sensitive.

    It is compared character by character; after a mismatch only the last `*` takes one more character.

    An earlier `*` never has to take more, so the steps are at most the product of both lengths.
    """
    place = taken = 0
    star = resumed = -1
    while taken < len(value):
        expected = pattern[place : place + 1]
        if expected == "*":
            star, resumed = place, taken
            place += 1
        elif expected in ("?", value[taken]):
            place, taken = place + 1, taken + 1
        elif star >= 0:
            resumed += 1
            place, taken = star + 1, resumed
        else:
            return False
    return not pattern[place:].strip("*")
