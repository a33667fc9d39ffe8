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
_MAPS = frozenset({
    "custom_header", "env", "environment", "environment_properties", "environment_variable", "environment_variables",
    "header", "http_header", "runtime_environment_variables", "search_string", "set_sensitive", "stage_variables",
    "user_data", "user_data_base64", "variables",
})  # fmt: skip
_CONTAINERS = "container_definitions"
_TELLING = (
    r"passw(?:or)?d|passphrase|credential|token|private[_-]?key|api[_-]?key|access[_-]?key|auth[_-]?key"
    r"|connection_?string|secret(?!s?_?manager)"
)
_SECRET_NAME = re.compile(rf"{_TELLING}|aws:referer|aws:useragent|header\.", re.IGNORECASE)
_REFERENCE_NAME = re.compile(
    r"(_arns?|_ids?|_name|_version|arn|from|_enabled|_rotation|_length|_days|_tokens|:sub|:aud)$", re.IGNORECASE
)
"""The name of a secret, or a setting of one, is no secret. Neither is the subject of a token in a role's trust."""
_SECRET_TEXT = re.compile(
    r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # a user and a password in a URL
    r"|\b(AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(gh[pousr]_|github_pat_|glpat-|xox[abposr]-|sk_live_|rk_live_|AIza)[\w-]{16,}"
    r"|\beyJ[\w-]{10,300}\.[\w-]{10,}\.[\w-]*"
    r"|(?<=[Bb]earer )[\w.~+/=-]{12,}"
    r"|(?<=hooks\.slack\.com/services/)[\w/]+",
    re.DOTALL,
)
_VALUE = r"(?P<value>(?:(?:basic|bearer|token)\s{1,3})?[^\s\"'&;,<>\\]+)"
_GIVEN = [
    re.compile(pattern + _VALUE, re.IGNORECASE)
    for pattern in (
        # `name=value`, `name: value`, `"name": "value"`
        rf"(?P<name>(?:{_TELLING}|authorization)[\w-]{{0,40}})[\"'\\]{{0,2}}\s{{0,3}}(?:=|:(?=[\s\"'\\]))[\s\"'\\]{{0,6}}",
        # `--name value`
        rf"(?<![\w-])(?P<name>--?[\w-]{{0,30}}?(?:{_TELLING})(?!-stdin|-file)[\w-]{{0,20}}"
        rf"|aws_secret_access_key|aws_session_token)\s{{1,3}}[\"']?",
        # `-u name:value`
        r"(?<=\s)(?P<name>-u|--user)[\s=][\"']?[^\s:\"']{1,100}:",
        # `mysql -pvalue`
        r"\b(?P<name>mysql\w{0,10}|mariadb|sshpass|docker login|podman login|helm registry login)\b"
        r"[^|;&\n]{0,200}?\s-p\s?[\"']?",
    )
]
"""A secret that a command, a URL or another string gives to a name. All repetitions before the value are bounded."""
_HINTS = ("passw", "passphrase", "credential", "token", "key", "connection", "secret", "authorization", "-u", " -p")
"""A string with none of them has no such secret."""


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


def is_hidden_at(path: Sequence[str | int]) -> bool:
    """Return whether a name in the path hides its value. Containers are reported by argument, never as a whole, because
    a command may contain anything."""
    return any(isinstance(key, str) and (is_hidden(key) or key == _CONTAINERS) for key in path)


def masked_at(path: Sequence[str | int], value: Any) -> Any:
    """Return the value of the attribute at a path; HIDDEN if a name in the path hides it."""
    return HIDDEN if is_hidden_at(path) else masked(value)


def _part(name: str, value: Any, *, hidden: bool) -> Any:
    if (hidden or is_hidden(name)) and value not in (None, "", [], {}, True, False):
        return HIDDEN
    return masked(value)


def is_secret_pair(value: Mapping[str, Any]) -> bool:
    """Return True for a block with a name and a value, such as a query string, whose name is that of a secret, and for
    a variable of an Elastic Beanstalk environment."""
    is_variable = str(value.get("namespace")).endswith(":environment")
    return is_variable or any(isinstance(value.get(name), str) and is_hidden(value[name]) for name in ("name", "key"))


def _masked_text(text: str) -> str:
    if text.lstrip()[:1] in ("{", "["):
        try:
            parsed = json.loads(text)
            shown = masked(parsed)
        except (ValueError, RecursionError):
            pass
        else:
            return text if shown == parsed else json.dumps(shown, ensure_ascii=False)
    text = _SECRET_TEXT.sub(HIDDEN, text)
    lower = text.lower()
    if any(each in lower for each in _HINTS):
        for pattern in _GIVEN:
            text = pattern.sub(_without_value, text)
    return text


def _without_value(match: re.Match[str]) -> str:
    if _REFERENCE_NAME.search(match["name"]):
        return match[0]
    return match[0][: match.start("value") - match.start()] + HIDDEN
