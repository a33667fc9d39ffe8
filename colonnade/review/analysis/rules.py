"""The rules of the review by name: the name identifies a finding in a report, an approval and a policy, and does not
change.

docs/plan-review.md has the same table.
"""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "address-released": "an Elastic IP address is replaced or destroyed",
    "called-port-changed": "a service that others call listens on another port",
    "data-destroyed": "a resource that holds data is replaced or destroyed",
    "discovery-destroyed": "a namespace is replaced or destroyed",
    "dns-name-removed": "a DNS name is removed, also if it is created again",
    "health-check-changed": "health checks request another path or port before the tasks that serve it run",
    "key-destroyed": "a key that encrypts data is replaced or destroyed",
    "listener-unreachable": "clients that may connect to a load balancer's port cannot for a time",
    "network-destroyed": "a VPC, subnet, gateway or security group is replaced or destroyed",
    "path-given-up": "requests to a path no longer reach a service",
    "path-interrupted": "a path has no rule that sends its requests to healthy tasks for a time",
    "path-prefix-changed": "a service gets another path prefix",
    "policy-widened": "a policy becomes as wide as `*`",
    "port-closed": "a security group rule closes a port before the tasks that listen on it stop",
    "port-opened": "a port opens to the internet",
    "priority-changed": "a listener rule gets a priority that another one has at that time",
    "priority-given-twice": "two rules of one listener get one priority",
    "priority-taken": "a new listener rule gets the priority of an existing one",
    "redirect-too-early": "a listener redirects to a port before clients can connect to that",
    "role-destroyed": "a role is replaced before its successor exists",
    "routing-destroyed": "a load balancer, listener, rule, target group or certificate is replaced or destroyed",
    "service-destroyed": "an ECS service or cluster is replaced or destroyed",
    "service-without-tasks": "the desired count of a service, or the maximum of its autoscaling, becomes zero",
}
"""The condition of each rule, by name."""
