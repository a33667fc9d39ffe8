"""The command `colonnade sandbox migrate`: moves a monolith's requests to microservices and back, under load.

run (the order of the steps) -> load -> tally (pure) -> checks (pure), table, chart
"""
