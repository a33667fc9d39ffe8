"""`python -m service_apps.message_board.posts`: the process of a message-board-posts container."""

from __future__ import annotations

from service_apps.kit.server import run
from service_apps.message_board.posts import SERVICE

run(SERVICE)
