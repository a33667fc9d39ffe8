"""The analysis of a plan: the facts that a review reports, computed once."""
