"""orders: takes orders, keeps them in PostgreSQL, and writes an invoice for each. Run by the image's own command.

The price comes from the catalog at SERVICE_URL. CURRENCY is the shop's currency.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from litestar import Litestar, get, post
from litestar.datastructures import State

from service_apps.kit.problems import UPSTREAM_RESPONSES
from service_apps.kit.server import run
from service_apps.kit.service import Service
from service_apps.shop.catalog import Item
from service_apps.shop.database import Order, add_order, all_orders, open_pool
from service_apps.shop.invoices import write_invoice

_DEFAULT_CURRENCY: Final = "EUR"


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a request for a new order."""

    sku: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a new order."""

    order: Order
    currency: str
    invoice: str
    """The key of the invoice in the bucket."""


@asynccontextmanager
async def _database(app: Litestar) -> AsyncIterator[None]:
    async with await open_pool() as pool:
        app.state.pool = pool
        yield


@get("/", operation_id="orders", summary="Every order, the oldest first")
async def answer_orders(state: State) -> list[Order]:
    """Answer with every order."""
    return await all_orders(state.pool)


@post("/", operation_id="order", summary="Order an item", responses=UPSTREAM_RESPONSES)
async def answer_order(state: State, data: OrderRequest) -> Receipt:
    """Take an order and answer with its receipt."""
    item: Item = await state.peer.fetch(f"/{data.sku}", Item)
    order = await add_order(state.pool, item=item.name, cents=item.cents)
    currency = os.environ.get("CURRENCY", _DEFAULT_CURRENCY)
    invoice = await asyncio.to_thread(write_invoice, order, currency=currency)
    return Receipt(order=order, currency=currency, invoice=invoice)


_HANDLERS: Final[tuple[Any, ...]] = (answer_orders, answer_order)

SERVICE = Service(
    name="orders",
    default_port=3010,
    handlers=_HANDLERS,
    default_service_url="http://localhost:3011",
    lifespan=_database,
)

if __name__ == "__main__":
    run(SERVICE)
