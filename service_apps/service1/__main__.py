"""`python -m service_apps.service1`: the process of a service1 container."""

from __future__ import annotations

from service_apps.kit.server import run
from service_apps.service1 import SERVICE

run(SERVICE)
