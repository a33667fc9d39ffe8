"""The reason why a service is not healthy, or not what was deployed: evidence, a fixed list of causes, an answer.

reader (AWS APIs -> Evidence) -> causes (Evidence -> Finding, in order) -> report (text or JSON)
"""
