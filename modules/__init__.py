"""AWS constructs, one concern per file: network, load balancer with path rules, Cloud Map and Fargate services.

Each takes plain values and the objects it builds on, and can be used alone. Import them as `colonnade.modules`.
"""

# Under a second name every class here would exist twice, and `isinstance` would be False between the two copies.
if __name__ != "colonnade.modules":
    raise ImportError(f"import this package as 'colonnade.modules', not as {__name__!r}")
