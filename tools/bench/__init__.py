"""What the project promises about speed: one file per promise, each measured as a ratio within one run.

Run by `make bench`.
"""
