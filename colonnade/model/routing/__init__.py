"""Paths, listener rules and their priorities: the rule that matches a request, and the reasons."""
