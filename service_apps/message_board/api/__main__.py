"""`python -m service_apps.message_board.api`: the process of a message-board-api container."""

from __future__ import annotations

from service_apps.kit.server import run
from service_apps.message_board.api import SERVICE

run(SERVICE)
