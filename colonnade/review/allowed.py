"""The approved addresses: the lines of allow files, and `--allow` options.

A line of the file is a Terraform address; the text after `#` is a comment with the reason.

    # reviewed by the platform team
    aws_lb_target_group.users_service_target_group_this_36A3185D  # moves to another VPC
"""

from __future__ import annotations

import re

from colonnade.review.errors import AllowError
from colonnade.review.plan.addresses import KEY

_STEP = rf"[A-Za-z_][\w-]*({KEY})?"
_ADDRESS = re.compile(rf"{_STEP}(\.{_STEP})+")
_LINE = re.compile(rf"({_ADDRESS.pattern})\s+#.*")


def addresses(text: str) -> tuple[str, ...]:
    """Return the addresses of an allow file. Raise AllowError for a line that is not an address."""
    found = []
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if line and not line.startswith("#"):
            # The key of an instance may contain a space and '#', so the address is read before the comment.
            match = _LINE.fullmatch(line)
            found.append(checked(match[1] if match is not None else line, where=f"line {number}: "))
    return tuple(found)


def checked(address: str, *, where: str = "") -> str:
    """Return the address. Raise AllowError if it is not one."""
    if _ADDRESS.fullmatch(address) is None:
        raise AllowError(
            f"{where}{address!r} is not a Terraform address; write one address per line, the reason after '#'"
        )
    return address
