"""The things that must exist in the account before an apply: a resolved deployment -> needs -> calls that only read.

`command` has the table of the kinds of needs.
"""
