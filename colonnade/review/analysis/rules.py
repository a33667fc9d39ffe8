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
    "dns-name-removed": "a DNS name is removed",
    "health-check-changed": "health checks request another path or port before the tasks that serve it run",
    "key-destroyed": "a key that encrypts data is replaced or destroyed",
    "network-destroyed": "a VPC, subnet, gateway or security group is replaced or destroyed",
    "path-prefix-changed": "a service gets another path prefix",
    "path-taken-over": "a new service takes over the paths of another before it has tasks",
    "policy-widened": "a policy becomes as wide as `*`",
    "port-closed": "a security group rule closes a port before the tasks that listen on it stop",
    "port-opened": "a port opens to the internet",
    "prevent-destroy-removed": "with `--base`: a resource loses `prevent_destroy`, or goes with it",
    "priority-changed": "listener rules get priorities that others have at that time, or shadow a path for a time",
    "priority-given-twice": "two rules of one listener get one priority",
    "priority-taken": "a new listener rule gets the priority of an existing one",
    "role-destroyed": "a role is replaced before its successor exists",
    "routing-destroyed": "a load balancer, listener, rule, target group or certificate is replaced or destroyed",
    "rule-address-changed": "a listener rule is destroyed and created under another address",
    "service-destroyed": "an ECS service or cluster is replaced or destroyed",
    "service-without-tasks": "the desired count of a service, or the maximum of its autoscaling, becomes zero",
    "state-moved": "with `--base`: a stack moves to another account, region, bucket or key of its state",
}
"""The condition of each rule, by name."""
