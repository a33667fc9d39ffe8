"""The rules of the review by name: the name identifies a finding in a report, an approval and a policy, and does not
change.

docs/plan-review.md has the same table.
"""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "address-released": "a public address is released",
    "authentication-removed": "authentication of requests, people or programs is taken away or weakened",
    "backups-reduced": "backups, versions or replicas become fewer",
    "called-port-changed": "a service that others call listens on another port",
    "connection-closed": "a connection closes for good that the load balancer or a service needs",
    "data-destroyed": "a resource that holds data is replaced or destroyed",
    "data-expires": "data is deleted earlier than before",
    "deletion-protection-removed": "deletion protection, a final snapshot or a recovery window is taken away",
    "discovery-destroyed": "a namespace or a discovery service is replaced or destroyed",
    "dns-name-removed": "a DNS name or zone is removed",
    "encryption-removed": "encryption, or its key, is taken away",
    "exec-enabled": "ECS Exec opens shells in tasks",
    "firewall-removed": "a web ACL, a firewall or one of their rules is taken away",
    "health-check-changed": "health checks request another path or port before the tasks that serve it run",
    "host-lost": "no listener rule has a host any more",
    "images-expire": "a repository keeps fewer images than a rollback needs",
    "key-destroyed": "a key that encrypts data is replaced or destroyed",
    "key-disabled": "a key is disabled",
    "logging-removed": "logs are taken away or kept for a shorter time",
    "made-public": "a resource becomes public",
    "monitoring-removed": "alarms, scans or the detection of threats are taken away",
    "network-acl-opened": "a network ACL opens to the internet",
    "network-destroyed": "a VPC, subnet, gateway, endpoint, connection or security group is replaced or destroyed",
    "path-lost": "a target no longer gets the requests for a path",
    "path-prefix-changed": "a service gets another path prefix",
    "path-shadowed": "a listener rule shadows the paths of another",
    "path-taken-over": "a new service takes over the paths of another before it has tasks",
    "plain-http": "a listener forwards plain HTTP beside HTTPS",
    "policy-widened": "a policy becomes as wide as `*`, or allows an administrator's actions",
    "port-closed": "a security group rule closes a port before the tasks that listen on it stop",
    "port-opened": "a port opens to the internet",
    "prefix-list-widened": "a prefix list becomes as wide as the internet",
    "prevent-destroy-removed": "with `--base`: a resource loses `prevent_destroy`, or goes with it",
    "priority-changed": "listener rules get priorities that others have at that time, or shadow a path for a time",
    "priority-given-twice": "two rules of one listener get one priority",
    "priority-taken": "a new listener rule gets the priority of an existing one",
    "protection-removed": "another protection is taken away, such as a public access block or a rollback",
    "redirected-elsewhere": "requests are redirected to another host",
    "restriction-removed": "a listener rule no longer tests addresses or a header",
    "role-destroyed": (
        "a role is replaced before its successor exists, or a user, group or identity provider is destroyed"
    ),
    "route-destroyed": "a route, route table, prefix list or network ACL is replaced or destroyed",
    "route-opened": "an existing network gets a route to the internet",
    "routing-destroyed": (
        "a load balancer, listener, rule, target group, certificate, distribution or API is replaced or destroyed"
    ),
    "rule-address-changed": "a listener rule is destroyed and created under another address",
    "service-destroyed": "an ECS service, cluster, function or another program is replaced or destroyed",
    "service-detached": "a service is taken off its target group",
    "service-without-tasks": "the desired count of a service, or the maximum of its autoscaling, becomes zero",
    "state-moved": "with `--base`: a stack moves to another account, region, bucket or key of its state",
    "tasks-privileged": "tasks get rights on their host",
    "tls-weakened": "older versions of TLS, or none, are accepted",
    "type-not-known": "a resource of a type that the review does not know is replaced or destroyed",
}
"""The condition of each rule, by name."""
