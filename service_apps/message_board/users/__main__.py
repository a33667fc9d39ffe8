"""`python -m service_apps.message_board.users`: the process of a message-board-users container."""

from __future__ import annotations

from service_apps.kit.server import run
from service_apps.message_board.users import SERVICE

run(SERVICE)
