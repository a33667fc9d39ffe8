"""Values that a review compares but never shows: environment variables, header conditions, and values like a secret.

Terraform does not mark these as sensitive, and a comment on a pull request has more readers than a state.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

HIDDEN = "(hidden)"
"""The text in place of a value that is not shown."""
_MAPS = frozenset({"environment", "environment_variable", "environment_variables", "http_header", "variables"})
_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|credential|token|private_?key|api_?key|access_?key|auth_?key|connection_?string"
    r"|secret(?!s?_?manager)|aws:referer|aws:useragent",
    re.IGNORECASE,
)
_REFERENCE_NAME = re.compile(r"(_arns?|_ids?|_name|_version|arn|from|_enabled|_rotation|_length|_days)$", re.IGNORECASE)
"""The name of a secret, or a setting of one, is no secret."""
_SECRET_TEXT = re.compile(
    r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # a user and a password in a URL
    r"|\b(AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(gh[pousr]_|github_pat_|glpat-|xox[abposr]-|sk_live_|rk_live_|AIza)[\w-]{16,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"
    r"|(?<=[Bb]earer )[\w.~+/=-]{12,}",
    re.DOTALL,
)


def is_hidden(name: str) -> bool:
    """Return whether no value with this name is shown."""
    return name.lower() in _MAPS or (_SECRET_NAME.search(name) is not None and _REFERENCE_NAME.search(name) is None)


def masked(value: Any) -> Any:
    """Return the value with HIDDEN in place of every part that is not shown, in texts of JSON too."""
    if isinstance(value, str):
        return _masked_text(value)
    if isinstance(value, list):
        return [masked(each) for each in value]
    if isinstance(value, Mapping):
        pair = is_secret_pair(value)
        return {name: _part(name, each, hidden=pair and name in ("value", "values")) for name, each in value.items()}
    return value


def masked_at(path: Sequence[str | int], value: Any) -> Any:
    """Return the value of the attribute at a path; HIDDEN if a name in the path hides it."""
    return HIDDEN if any(isinstance(key, str) and is_hidden(key) for key in path) else masked(value)


def _part(name: str, value: Any, *, hidden: bool) -> Any:
    if (hidden or is_hidden(name)) and value not in (None, "", [], {}, True, False):
        return HIDDEN
    return masked(value)


def is_secret_pair(value: Mapping[str, Any]) -> bool:
    """Return True for a block with a name and a value, such as a query string, whose name is that of a secret."""
    return any(isinstance(value.get(name), str) and is_hidden(value[name]) for name in ("name", "key"))


def _masked_text(text: str) -> str:
    if text.lstrip()[:1] in ("{", "["):
        try:
            parsed = json.loads(text)
            shown = masked(parsed)
        except (ValueError, RecursionError):
            shown = parsed = None
        if shown != parsed:
            return json.dumps(shown, ensure_ascii=False)
    return _SECRET_TEXT.sub(HIDDEN, text)
