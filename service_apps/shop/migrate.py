"""`python -m service_apps.shop.migrate`: creates the shop's table, and ends with 0 when it exists."""

from __future__ import annotations

import asyncio
import sys

import asyncpg

from service_apps.shop.database import migrate

if __name__ == "__main__":
    try:
        asyncio.run(migrate())
    except (OSError, asyncpg.PostgresError) as error:
        sys.exit(f"cannot use the database: {error or type(error).__name__}")
    sys.stdout.write("The table of orders exists.\n")
