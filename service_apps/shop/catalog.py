"""catalog: the items and their prices. Only other services call it. `python -m service_apps.shop.catalog` runs it."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import get
from litestar.exceptions import NotFoundException

from service_apps.kit.server import run
from service_apps.kit.service import Service


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item for sale."""

    sku: str
    name: str
    cents: int
    """The price in hundredths of the shop's currency."""


ITEMS: Final = {
    item.sku: item
    for item in (
        Item(sku="capital", name="Corinthian capital", cents=12_900),
        Item(sku="column", name="Fluted column", cents=48_000),
        Item(sku="plinth", name="Plain plinth", cents=7_500),
    )
}


@get("/", operation_id="items", summary="Every item", sync_to_thread=False)
def answer_items() -> list[Item]:
    """Answer with every item."""
    return list(ITEMS.values())


@get("/{sku:str}", operation_id="item", summary="One item", raises=[NotFoundException], sync_to_thread=False)
def answer_item(sku: str) -> Item:
    """Answer with the item, or 404."""
    if sku not in ITEMS:
        raise NotFoundException(detail=f"There is no item {sku!r}.")
    return ITEMS[sku]


SERVICE = Service(name="catalog", default_port=3011, handlers=(answer_items, answer_item))

if __name__ == "__main__":
    run(SERVICE)
