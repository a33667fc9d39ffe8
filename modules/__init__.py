"""The building blocks of a deployment: one AWS concern per file, each named after its one class.

`modules.spec` is plain data and rules and may be imported by anything; the constructs around it are for `stacks` alone.
"""
