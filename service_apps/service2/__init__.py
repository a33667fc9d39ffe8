"""service2: returns its own message, and fetches the message of service1. Run by its `__main__`."""

from __future__ import annotations

from service_apps.kit.announcement import Announcement, announce, fetch_from_peer
from service_apps.kit.service import Service

SERVICE = Service(
    name="service2",
    default_port=7072,
    default_service_url="http://localhost:7071",
    handlers=(
        announce(Announcement(api="API 2", msg="This is API 2.")),
        fetch_from_peer("API 2", peer_path="/service1"),
    ),
)
