"""The analysis of a plan: every fact that a review reports."""
