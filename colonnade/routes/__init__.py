"""What a deployment does with requests, told to a person: `python -m colonnade.routes table`, `explain` and `diagram`.

The first two read what is declared, through `colonnade.model`; `diagram` reads what was synthesized. None imports
cdktf, so that each answers at once.
"""
