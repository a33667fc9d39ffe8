"""A monolith that microservices take over from: its phases, its settings, and its legal steps."""
