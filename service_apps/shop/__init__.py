"""A small shop in one image: `orders` takes orders, `catalog` knows prices, `mailer` confirms orders.

Each is a module that runs by itself: `python -m service_apps.shop.orders`. `migrate` creates the table that orders and
mailer share. They read the database's place and password, and the invoices' bucket, from environment variables.
"""
