"""AWS constructs, one concern per file: network, load balancer with path rules, Cloud Map and Fargate services.

Each takes plain values and other constructs, and can be used alone. Import them as `colonnade.modules`.
"""

# If the package were also imported as `modules`, every class would exist twice, and `isinstance` would be False across
# the copies.
if __name__ != "colonnade.modules":
    raise ImportError(f"import this package as 'colonnade.modules', not as {__name__!r}")
