"""`python -m service_apps.shop`: the image's own command, which runs orders."""

from __future__ import annotations

from service_apps.kit.server import run
from service_apps.shop.orders import SERVICE

run(SERVICE)
