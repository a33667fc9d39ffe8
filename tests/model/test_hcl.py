"""Blocks of Terraform's language are read with labels, lines and arguments, whatever strings and comments hold."""

from __future__ import annotations

import pytest

from colonnade.model.hcl import read_blocks

TEXT = """\
# a comment with { and "
// another {
/* and
   a third } " */
locals { a = 1 }
locals {
  text = "brace } quote \\" template ${upper("a }")} escaped $${ %%{ end"
  list = [
    "x", # }
    { a = "b" },
  ]
  doc = <<-EOT
    }
    resource "fake" "one" {
    ${jsonencode({ a = "EOT" })}
  EOT
  empty = <<EOT
EOT
  call = trimspace(<<EOT
provider "aws" {
EOT
  )
}
resource "aws_s3_bucket" "invoices-1" {
  bucket = "x" // the name
  lifecycle {
    prevent_destroy = true # for good
  }
}
resource aws_s3_bucket c { bucket = "}" }
terraform {
  backend "s3" {}
  required_providers {
    random = { source = "hashicorp/random" }
  }
}
"""


def test_only_blocks_are_read_and_not_what_looks_like_one() -> None:
    assert [(each.kind, each.labels, each.line) for each in read_blocks(TEXT)] == [
        ("locals", (), 5),
        ("locals", (), 6),
        ("resource", ("aws_s3_bucket", "invoices-1"), 24),
        ("resource", ("aws_s3_bucket", "c"), 30),
        ("terraform", (), 31),
    ]


def test_arguments_are_read_as_they_are_written_and_blocks_with_their_lines() -> None:
    locals_, bucket, short, terraform = read_blocks(TEXT)[1:]
    assert list(locals_.arguments) == ["text", "list", "doc", "empty", "call"]
    assert locals_.arguments["text"].endswith(' end"')
    assert bucket.arguments == {"bucket": '"x"'}
    assert [each.arguments for each in bucket.inside("lifecycle")] == [{"prevent_destroy": "true"}]
    assert short.arguments == {"bucket": '"}"'}
    assert [(each.kind, each.labels, each.line) for each in terraform.blocks] == [
        ("backend", ("s3",), 32),
        ("required_providers", (), 33),
    ]


@pytest.mark.parametrize("text", [TEXT, TEXT.rstrip(), "\ufeff" + TEXT])
def test_line_endings_and_a_byte_order_mark_change_nothing(text: str) -> None:
    found = [(each.kind, each.labels, each.line) for each in read_blocks(TEXT)]
    for changed in (text, text.replace("\n", "\r\n")):
        assert [(each.kind, each.labels, each.line) for each in read_blocks(changed)] == found


@pytest.mark.parametrize("text", ["", "\n", "# only a comment"])
def test_a_file_without_blocks_has_none(text: str) -> None:
    assert read_blocks(text) == ()
