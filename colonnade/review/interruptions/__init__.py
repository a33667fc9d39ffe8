"""The interruptions of an apply, before it runs.

To read it: `order` has the operations and their partial order, `world` the resources before and after, `spans` the time
for which a fact holds and the gap between such times. `judge` turns a gap into an `interruption` with the sentences of
`words`. Each module of `families` states needs of one kind; the other modules read what several families share.
`judgement` runs all families of a plan.
"""
