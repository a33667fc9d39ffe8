"""Paths, listener rules and their priorities: which rule takes a request, and why."""
