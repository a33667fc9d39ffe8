"""The shop's database: variables -> a pool of connections to PostgreSQL, and the table of orders.

DATABASE_HOST, DATABASE_PORT (5432), DATABASE_NAME (shop), DATABASE_USER (shop) and DATABASE_PASSWORD.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

import asyncpg
import msgspec

_CONNECT_SECONDS: Final = 5.0
_LOCK: Final = 7_306_011
"""The key of the advisory lock that makes concurrent migrations wait for each other."""

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item text NOT NULL,
    cents integer NOT NULL CHECK (cents > 0),
    mailed boolean NOT NULL DEFAULT false
)"""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order."""

    id: int
    item: str
    cents: int
    mailed: bool
    """True after the mailer has confirmed it."""


def connection_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of asyncpg's `connect` and `create_pool`; raises KeyError without DATABASE_HOST."""
    return {
        "host": environment["DATABASE_HOST"],
        "port": int(environment.get("DATABASE_PORT", "5432")),
        "database": environment.get("DATABASE_NAME", "shop"),
        "user": environment.get("DATABASE_USER", "shop"),
        "password": environment.get("DATABASE_PASSWORD"),
        "timeout": _CONNECT_SECONDS,
    }


async def open_pool() -> asyncpg.Pool:
    """Connect to the database that the variables name."""
    return await asyncpg.create_pool(**connection_settings(os.environ), min_size=1, max_size=4)


async def migrate() -> None:
    """Create the table if it does not exist.

    Every new task migrates, so several may migrate at once. The lock makes them wait for each other. The end of the
    session releases it, even if the process is killed.
    """
    connection = await asyncpg.connect(**connection_settings(os.environ))
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(_TABLE)
    finally:
        await connection.close()


async def add_order(pool: asyncpg.Pool, *, item: str, cents: int) -> Order:
    """Insert an order and return it."""
    row = await pool.fetchrow("INSERT INTO orders (item, cents) VALUES ($1, $2) RETURNING *", item, cents)
    return Order(**row)


async def all_orders(pool: asyncpg.Pool) -> list[Order]:
    """Return every order, the oldest first."""
    return [Order(**row) for row in await pool.fetch("SELECT * FROM orders ORDER BY id")]


async def take_unmailed(pool: asyncpg.Pool) -> list[Order]:
    """Mark the orders that were not confirmed yet as mailed, and return them. Two callers never get the same order."""
    rows = await pool.fetch("UPDATE orders SET mailed = true WHERE NOT mailed RETURNING *")
    return [Order(**row) for row in rows]
