"""Deployments as plain data, and the rules that they must keep: no cdktf, no constructs, no files, no network.

The package imports in milliseconds, so input is checked before any construct exists. `check` reports every problem of
deployments in an environment; `resolve` returns every value that is computed from them, with its source.
"""
