"""The review of a branch: what the working tree changes where another commit is deployed, without an AWS account.

    files of the base -> its own main.py ────┐
                                             ├─> colonnade_sandbox plan-change -> analysis of each stack's plan
    working tree -> its own main.py ─────────┘

Both syntheses and the sandbox are child processes: the base is another version of the project.
"""
