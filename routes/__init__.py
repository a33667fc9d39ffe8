"""What a deployment does with requests, told to a person: `python -m routes table`, `explain` and `diagram`.

The first two read what is declared, through `modules.spec`; `diagram` reads what was synthesized. None imports cdktf,
so that each answers at once. Imported by the tests alone.
"""
