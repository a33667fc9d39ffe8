"""Claims about allow files: one address per line, besides comments and empty lines."""

from __future__ import annotations

import pytest

from colonnade.review.allowed import addresses
from colonnade.review.errors import AllowError


def test_a_file_holds_addresses_with_reasons_comments_and_empty_lines() -> None:
    text = '# why\n\naws_lb.this\n  module.a["x y"].aws_lb.this[0]  # moves\naws_lb.a-b # moves\r\n'
    assert addresses(text) == ("aws_lb.this", 'module.a["x y"].aws_lb.this[0]', "aws_lb.a-b")


@pytest.mark.parametrize("key", ["]", "a]b", " # x", r"\"]", "a.b"])
def test_a_key_may_contain_any_character(key: str) -> None:
    address = f'module.a["{key}"].aws_lb.this["{key}"]'
    assert addresses(f"{address}\n{address} # why\n") == (address, address)


@pytest.mark.parametrize("line", ["aws_lb", "*", "aws_lb.*", "aws_lb.this because", "aws_lb.this,aws_lb.that"])
def test_line_that_is_not_a_resource_address_is_rejected(line: str) -> None:
    with pytest.raises(AllowError, match=r"line 2: .* is not a Terraform address"):
        addresses(f"aws_lb.this\n{line}\n")
