"""A message board that leaves its monolith: users, threads and posts take over from `api` by phases. Data only."""

from __future__ import annotations

from modules.spec.deployment_spec import DeploymentSpec, ForwardTo
from modules.spec.migration import Migration
from modules.spec.service_spec import ServiceSpec

_PORT = 3000

DEPLOYMENT = DeploymentSpec(
    name="message_board",
    namespace="message-board",
    default_action=ForwardTo(service="api"),
    services=(
        ServiceSpec(name="api", path_prefix="/api", container_port=_PORT, image_name="message-board-api"),
        ServiceSpec(name="users", path_prefix="/api/users", container_port=_PORT, image_name="message-board-users"),
        ServiceSpec(
            name="threads", path_prefix="/api/threads", container_port=_PORT, image_name="message-board-threads"
        ),
        ServiceSpec(name="posts", path_prefix="/api/posts", container_port=_PORT, image_name="message-board-posts"),
    ),
    migration=Migration(monolith="api", microservices=("users", "threads", "posts")),
)
