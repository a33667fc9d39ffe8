"""A deployment, as its author declares it, and the rules of it as a whole."""
