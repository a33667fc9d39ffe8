"""Faults under load, against a sandbox of its own: `make chaos` prints what was done, expected and happened.

Each case has bounds that a slow machine keeps. The measured figures are printed beside them and promise nothing.
"""
