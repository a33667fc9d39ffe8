# The bucket of the shop's invoices: Terraform of the team's own, merged with the synthesized JSON (docs/terraform-of-your-own.md).
# `orders` may write to it by its `permissions`, and knows its name by the variable INVOICES_BUCKET.

data "aws_default_tags" "current" {}

locals {
  tags = data.aws_default_tags.current.tags
}

resource "aws_s3_bucket" "invoices" {
  #checkov:skip=CKV_AWS_18:invoices are written by one service; its log names each of them
  #checkov:skip=CKV_AWS_144:invoices can be written again from the orders
  #checkov:skip=CKV_AWS_145:the key of S3 encrypts them
  #checkov:skip=CKV2_AWS_62:nothing waits for an invoice
  bucket        = "${local.tags["Project"]}-${local.tags["Environment"]}-shop-invoices"
  force_destroy = local.tags["Environment"] != "prod"
}

resource "aws_s3_bucket_public_access_block" "invoices" {
  bucket                  = aws_s3_bucket.invoices.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "invoices" {
  bucket = aws_s3_bucket.invoices.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "invoices" {
  bucket = aws_s3_bucket.invoices.id
  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
