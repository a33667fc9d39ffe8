"""A small valid environment document that tests modify, as read by `tomllib`."""

from __future__ import annotations

from typing import Any


def document() -> dict[str, Any]:
    return {
        "account_id": "999988887777",
        "region": "eu-west-1",
        "zone_name": "example.com",
        "state_bucket": "colonnade-dev-state",
        "force_delete_repositories": False,
        "network": {"vpc_cidrs": {"shop": "10.0.0.0/16"}, "availability_zone_count": 3, "nat": "single"},
        "tasks": {
            "desired_count": 2,
            "capacity_provider": "FARGATE",
            "log_retention_days": 7,
            "drain_seconds": 20,
            "stop_timeout_seconds": 30,
        },
        "timing": {
            "health_check_interval_seconds": 10,
            "health_check_timeout_seconds": 5,
            "healthy_threshold": 2,
            "unhealthy_threshold": 3,
            "health_check_grace_seconds": 60,
            "deregistration_delay_seconds": 30,
            "steady_state_timeout_minutes": 15,
            "dns_ttl_seconds": 10,
        },
        "protection": {"deletion_protection": False, "locked_default_security_group": False, "log_key": False},
        "traffic_logs": {"access_log_days": 0, "flow_logs": False},
        "images": {"orders": "1.0.0"},
    }


def changed(key: str, value: object) -> dict[str, Any]:
    """Return the document with another value at a dotted key; None removes the key."""
    whole = document()
    *tables, last = key.split(".")
    table = whole
    for name in tables:
        table = table[name]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return whole
