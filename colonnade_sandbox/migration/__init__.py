"""`colonnade sandbox migrate`: a monolith's requests move to microservices and back under load, and are counted.

run (what happens, in order) -> load -> tally (pure) -> checks (pure), table, chart
"""
