"""The pattern language of listener rules, as Elastic Load Balancing defines it.

In a pattern `*` stands for zero or more characters of any kind, `/` included, and `?` for exactly one; everything
else stands for itself. Written from AWS's text alone, so that it can disagree with whatever checked the patterns
before they were deployed.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from __future__ import annotations

import re
from functools import lru_cache


def path_matches(pattern: str, path: str) -> bool:
    """Whether the path, without its query and with its percent-encoding as sent, matches. Case matters."""
    return _compiled(pattern).fullmatch(path) is not None


def host_matches(pattern: str, host: str) -> bool:
    """Whether the host name, without its port, matches. Case does not matter."""
    return _compiled(pattern.lower()).fullmatch(host.lower()) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    return re.compile("".join(wildcards.get(character, re.escape(character)) for character in pattern), re.DOTALL)
