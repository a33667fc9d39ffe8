"""service1: returns its own message, and fetches the message of service2. Run by its `__main__`."""

from __future__ import annotations

from service_apps.kit.announcement import Announcement, announce, fetch_from_peer
from service_apps.kit.service import Service

SERVICE = Service(
    name="service1",
    default_port=7071,
    default_service_url="http://localhost:7072",
    handlers=(
        announce(Announcement(api="API 1", msg="This is API 1.")),
        fetch_from_peer("API 1", peer_path="/service2"),
    ),
)
