"""The interruptions of an apply, before it runs: order of operations, needs of clients and services, findings."""
