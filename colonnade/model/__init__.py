"""What a deployment wants, as plain data, and the rules it must keep: no cdktf, no constructs, no files, no network.

Everything here can be imported in milliseconds and checked before any construct exists; `deployments`,
`environments`, `modules`, `stacks`, `main` and `apply` build on it.
"""
