"""`python -m colonnade_sandbox migrate-demo`: a monolith's requests move to microservices and back, under load, and are
counted.

    journey (what happens, in order) -> load -> tally (pure) -> promises (pure), table, chart
"""
