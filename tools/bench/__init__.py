"""The benchmarks of the performance targets: one file per target, each measured as a ratio within one run.

Run by `make bench`.
"""
