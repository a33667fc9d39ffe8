"""`python -m service_apps.service3`: the process of a service3 container."""

from __future__ import annotations

from service_apps.kit.server import run
from service_apps.service3 import SERVICE

run(SERVICE)
