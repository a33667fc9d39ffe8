"""The approved addresses: the lines of allow files, and `--allow` options.

A line of the file is a Terraform address; the text after `#` is a comment with the reason.

    # reviewed by the platform team
    aws_lb_target_group.users_service_target_group_this_36A3185D  # moves to another VPC
"""

from __future__ import annotations

import re

from colonnade.review.errors import AllowError

_COMMENT = re.compile(r"(^|\s)#.*$")
_ADDRESS = re.compile(r"^[A-Za-z_][\w-]*(\[[^\]]*\])?(\.[A-Za-z_][\w-]*(\[[^\]]*\])?)+$")


def addresses(text: str) -> tuple[str, ...]:
    """Return the addresses of an allow file. Raise AllowError for a line that is not an address."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        address = _COMMENT.sub("", line).strip()
        if address:
            found.append(checked(address, where=f"line {number}: "))
    return tuple(found)


def checked(address: str, *, where: str = "") -> str:
    """Return the address. Raise AllowError if it is not one."""
    if _ADDRESS.match(address) is None:
        raise AllowError(
            f"{where}{address!r} is not a Terraform address; write one address per line, the reason after '#'"
        )
    return address
