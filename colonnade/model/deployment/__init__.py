"""A deployment as declared, and its rules as a whole."""
