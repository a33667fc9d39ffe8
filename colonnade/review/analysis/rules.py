"""The rules of the review by name: the name identifies a finding in a report, an approval and a policy, and does not
change.

docs/reference/review-rules.md has the same table.
"""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "account-added": "another account, or everyone, gets access to a resource, a role or a network",
    "action-invoked": "Terraform invokes an action beside its resources",
    "address-released": "a public address is released",
    "authentication-removed": "authentication of requests, people or programs is taken away or weakened",
    "backups-reduced": "backups, versions or replicas become fewer",
    "boundary-removed": "a permissions boundary is removed or replaced",
    "call-interrupted": "a service that calls another one, or a database, cannot connect to it for a time",
    "called-name-lost": "the name of a called service does not resolve for a time",
    "called-port-changed": "a service that others call listens on another port",
    "check-failed": "a `check` block of the configuration fails",
    "connection-closed": "a connection closes for good that the load balancer or a service needs",
    "data-destroyed": "a resource that holds data, or an index of it, is replaced or destroyed",
    "data-expires": "data is deleted earlier than before",
    "deletion-protection-removed": "deletion protection, a final snapshot or a recovery window is taken away",
    "deletion-refused": (
        "AWS refuses to delete a resource that is in use or has deletion protection, and the apply fails"
    ),
    "denial-removed": "a policy no longer denies what it denied",
    "discovery-destroyed": ("a namespace or a discovery service is replaced or destroyed, or an ECS service leaves it"),
    "dns-name-moved": "a DNS name leads to another place",
    "dns-name-removed": "a DNS name or zone is removed, or names no longer resolve",
    "encryption-removed": "encryption, or its key, is taken away",
    "exec-enabled": "ECS Exec opens shells in tasks",
    "firewall-removed": "a web ACL, a firewall or one of their rules is taken away, or lets more requests pass",
    "health-check-changed": "health checks request another path or port before the tasks that serve it run",
    "host-lost": "no listener rule has a host any more",
    "images-expire": "a repository keeps fewer images than a rollback needs",
    "key-destroyed": "a key that encrypts data is replaced or destroyed",
    "key-disabled": "a key is disabled",
    "listener-unreachable": "clients that may connect to a load balancer's port cannot, for a time or for good",
    "logging-removed": "logs are taken away or kept for a shorter time",
    "made-public": "a resource becomes public",
    "monitoring-removed": "alarms, scans or the detection of threats are taken away",
    "name-taken": "a resource is created while an old one still has its name, so AWS refuses it",
    "network-acl-opened": "a network ACL opens to the internet",
    "network-destroyed": "a VPC, subnet, gateway, endpoint, connection or security group is replaced or destroyed",
    "path-interrupted": "a path has no rule that sends its requests to healthy tasks for a time",
    "path-lost": "a target no longer gets the requests for a path",
    "path-prefix-changed": "a service gets another path prefix",
    "path-shadowed": "a listener rule shadows the paths of another",
    "plain-http": "a listener forwards plain HTTP beside HTTPS, or redirects HTTPS to HTTP",
    "policy-widened": "a policy becomes as wide as `*`, or allows an administrator's actions",
    "port-closed": "a security group closes a port before the tasks that listen on it stop",
    "port-opened": "a port opens to the internet",
    "prefix-list-widened": "a prefix list becomes as wide as the internet",
    "prevent-destroy-removed": "with `--base`: a resource loses `prevent_destroy`, or goes with it",
    "priority-changed": "a listener rule gets a priority that another one has at that time",
    "priority-given-twice": "two rules of one listener get one priority",
    "priority-taken": "a new listener rule gets the priority of an existing one",
    "program-runs": "the plan runs a program: a provisioner or an external data source",
    "protection-removed": "another protection is taken away, such as a public access block or a rollback",
    "redirect-too-early": "a listener redirects to a port before clients can connect to that",
    "redirected-elsewhere": "requests are redirected to another host",
    "redirected-in-a-circle": "requests are redirected in a circle, until clients give up",
    "restriction-removed": "a listener rule no longer tests addresses or a header",
    "role-destroyed": (
        "a role is replaced before its successor exists, or a user, group or identity provider is destroyed"
    ),
    "rollback-lost": (
        "a failed rollout may not be rolled back, because the former task definition is deregistered first"
    ),
    "rollout-refused": "ECS refuses to update a service that CodeDeploy deploys, and the apply fails",
    "rollout-with-too-few-tasks": "a rollout leaves no tasks or fewer tasks running, or cannot begin",
    "route-destroyed": (
        "a route, route table, prefix list or network ACL is replaced or destroyed, or a table loses a route"
    ),
    "route-opened": "an existing network gets a route to the internet",
    "routing-destroyed": (
        "a load balancer, listener, rule, target group, certificate, distribution or API is replaced or destroyed, "
        "or a distribution is disabled"
    ),
    "service-destroyed": "an ECS service, cluster, function or another program is replaced or destroyed",
    "service-detached": "a service is taken off its target group",
    "service-without-tasks": (
        "the desired count of a service, or the maximum of its autoscaling, becomes zero; a function, a group of "
        "instances, an event rule or a schedule is switched off"
    ),
    "state-moved": "with `--base`: a stack moves to another account, region, bucket or key of its state",
    "target-group-taken": "a listener or a rule gets a target group that another load balancer has, so AWS refuses it",
    "tasks-privileged": "tasks get rights on their host",
    "tasks-without-endpoint": "tasks cannot start for a time, because a VPC endpoint is gone that they start with",
    "tasks-without-logs": "tasks cannot start for a time, because their log group is gone",
    "tasks-without-policy": "tasks have a role without one of its policies for a time",
    "tasks-without-role": "tasks have no role for a time",
    "tasks-without-route": "tasks have no default route to a gateway for a time",
    "tls-weakened": "older versions of TLS, or none, are accepted",
    "trust-widened": "a role trusts more than the programs that it is for",
    "type-not-known": "a resource of a type that the review does not know is replaced or destroyed",
    "zone-left": "a load balancer has no subnet in the Availability Zone of tasks for a time",
}
"""The condition of each rule, by name."""
REPORTED = frozenset({"type-not-known"})
"""The rules whose findings are listed and need no approval, unless the project's policy says otherwise."""
