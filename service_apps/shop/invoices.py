"""The invoices of the shop: an order -> an object in a bucket of S3. boto3 finds region and credentials by itself."""

from __future__ import annotations

import os
from typing import Final

import boto3

from service_apps.shop.database import Order

_KEY: Final = "invoices/{id}.txt"


def write_invoice(order: Order, *, currency: str) -> str:
    """Write the invoice into the bucket that INVOICES_BUCKET names, and return its key; blocks."""
    key = _KEY.format(id=order.id)
    text = f"Order {order.id}: {order.item}, {order.cents / 100:.2f} {currency}\n"
    boto3.client("s3").put_object(Bucket=os.environ["INVOICES_BUCKET"], Key=key, Body=text.encode())
    return key
