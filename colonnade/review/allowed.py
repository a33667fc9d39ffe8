"""The addresses that somebody has named: an allow file's lines and `--allow`.

A line of the file is a Terraform address; what follows a `#` is the reason, for whoever reads the file.

    # reviewed by the platform team
    aws_lb_target_group.users_service_target_group_this_36A3185D  # moves to another VPC
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"(^|\s)#.*$")
_ADDRESS = re.compile(r"^[A-Za-z_][\w-]*(\[[^\]]*\])?(\.[A-Za-z_][\w-]*(\[[^\]]*\])?)+$")


class AllowError(Exception):
    """A line that is no address; the text is one line that says which."""


def addresses(text: str) -> tuple[str, ...]:
    """The addresses of an allow file; raises AllowError for a line that is none."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        address = _COMMENT.sub("", line).strip()
        if address:
            found.append(checked(address, where=f"line {number}: "))
    return tuple(found)


def checked(address: str, *, where: str = "") -> str:
    """The address itself; raises AllowError for what is none."""
    if _ADDRESS.match(address) is None:
        raise AllowError(f"{where}{address!r} is no Terraform address; write one per line, and a reason after '#'")
    return address
