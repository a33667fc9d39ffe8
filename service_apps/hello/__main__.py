"""`python -m service_apps.hello`: the process of a hello container."""

from __future__ import annotations

from service_apps.hello import SERVICE
from service_apps.kit.server import run

run(SERVICE)
