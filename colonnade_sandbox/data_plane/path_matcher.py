"""The pattern language of listener rules, as Elastic Load Balancing defines it.

In a pattern `*` matches zero or more characters of any kind, including `/`, and `?` matches exactly one. All other
characters match themselves. This module is written from AWS's documentation and shares no code with `colonnade.model`,
so that an error there is not repeated here.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from __future__ import annotations

import re
from functools import lru_cache


def path_matches(pattern: str, path: str) -> bool:
    """Return True if the path matches, case-sensitive; without its query, with its percent-encoding as sent."""
    return _compiled(pattern).fullmatch(path) is not None


def host_matches(pattern: str, host: str) -> bool:
    """Return True if the host name without its port matches, case-insensitive."""
    return _compiled(pattern.lower()).fullmatch(host.lower()) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    return re.compile("".join(wildcards.get(character, re.escape(character)) for character in pattern), re.DOTALL)
