"""A message board in migration: users, threads and posts take over from the monolith `api` in phases. Data only."""

from __future__ import annotations

from colonnade import Deployment, ForwardTo, Migration, Service

_PORT = 3000

DEPLOYMENT = Deployment(
    name="message_board",
    namespace="message-board",
    default_action=ForwardTo(service="api"),
    services=(
        Service(name="api", path_prefix="/api", container_port=_PORT, image_name="message-board-api"),
        Service(name="users", path_prefix="/api/users", container_port=_PORT, image_name="message-board-users"),
        Service(name="threads", path_prefix="/api/threads", container_port=_PORT, image_name="message-board-threads"),
        Service(name="posts", path_prefix="/api/posts", container_port=_PORT, image_name="message-board-posts"),
    ),
    migration=Migration(monolith="api", microservices=("users", "threads", "posts")),
)
