"""What an Application Load Balancer's data plane does, on loopback: listeners, rules, health checks, forwarding.

`server.DataPlane` is the one entry; `sandbox.session` alone imports it. This package knows `sandbox.control_plane`'s
frozen values and nothing else of the project.
"""
