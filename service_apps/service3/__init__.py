"""service3: returns its own message, and calls no other service. Run by its `__main__`."""

from __future__ import annotations

from service_apps.kit.announcement import Announcement, announce
from service_apps.kit.service import Service

SERVICE = Service(
    name="service3",
    default_port=7073,
    handlers=(announce(Announcement(api="API 3", msg="This is API 3.")),),
)
