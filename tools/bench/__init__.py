"""The benchmarks of the performance targets: one file per target. Each measures two things in one run and
compares their ratio with the target, so that the speed of the machine does not matter. `make bench` runs them.
"""
