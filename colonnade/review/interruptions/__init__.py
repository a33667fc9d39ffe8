"""What an apply interrupts, before it runs: the order of operations, the needs of clients and services, findings."""
