"""`python -m service_apps.message_board.threads`: the process of a message-board-threads container."""

from __future__ import annotations

from service_apps.kit.server import run
from service_apps.message_board.threads import SERVICE

run(SERVICE)
