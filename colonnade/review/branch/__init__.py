"""What the working tree would change where another commit is deployed, reviewed with no AWS account.

    BASE's files -> its own synthesis ──┐
                                        ├─> sandbox plan-change -> review, stack by stack
    working tree -> its own synthesis ──┘

Joins what never imports each other, as processes; it imports `colonnade.model` alone.
"""
