"""`python -m service_apps.service2`: the process of a service2 container."""

from __future__ import annotations

from service_apps.kit.server import run
from service_apps.service2 import SERVICE

run(SERVICE)
